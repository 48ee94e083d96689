-- What a search looks through: names, headline and skills weigh more than what is said about them.
CREATE FUNCTION profile_words(head text, body text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$ SELECT setweight(to_tsvector('simple', head), 'A') || setweight(to_tsvector('simple', body), 'C') $$;

CREATE TABLE profiles (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  person_id uuid NOT NULL REFERENCES persons (id),
  slug text NOT NULL CONSTRAINT profiles_slug_form CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
  headline text NOT NULL CONSTRAINT profiles_headline_length CHECK (char_length(headline) BETWEEN 1 AND 120),
  about text NOT NULL CONSTRAINT profiles_about_length CHECK (char_length(about) <= 4000),
  languages text[] NOT NULL CONSTRAINT profiles_languages_some CHECK (cardinality(languages) BETWEEN 1 AND 12),
  zone text NOT NULL,
  works_from time NOT NULL,
  works_until time NOT NULL,
  accepting_clients boolean NOT NULL,
  free_from date,
  search_head text NOT NULL DEFAULT '',
  search_body text NOT NULL DEFAULT '',
  published_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT profiles_person_key UNIQUE (vendor_id, organization_id, person_id),
  CONSTRAINT profiles_slug_key UNIQUE (vendor_id, slug),
  CONSTRAINT profiles_organization_key UNIQUE (vendor_id, id, organization_id),
  CONSTRAINT profiles_organization_fkey FOREIGN KEY (vendor_id, organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT profiles_hours CHECK (works_from < works_until)
);
CALL make_tenant_table('profiles');
COMMENT ON COLUMN profiles.search_head IS 'folded to plain letters; written with every change of the profile or its services';
CREATE INDEX profiles_by_words ON profiles USING gin (profile_words(search_head, search_body)) WHERE published_at IS NOT NULL;
CREATE INDEX profiles_published ON profiles (vendor_id, published_at) WHERE published_at IS NOT NULL;

CREATE TABLE profile_skills (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  profile_id uuid NOT NULL,
  skill_slug text NOT NULL,
  PRIMARY KEY (vendor_id, profile_id, skill_slug),
  CONSTRAINT profile_skills_profile_fkey FOREIGN KEY (vendor_id, profile_id) REFERENCES profiles (vendor_id, id) ON DELETE CASCADE,
  CONSTRAINT profile_skills_skill_fkey FOREIGN KEY (vendor_id, skill_slug) REFERENCES skills (vendor_id, slug)
);
CALL make_tenant_table('profile_skills');
CREATE INDEX profile_skills_by_skill ON profile_skills (vendor_id, skill_slug);

CREATE TABLE profile_industries (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  profile_id uuid NOT NULL,
  industry_slug text NOT NULL,
  PRIMARY KEY (vendor_id, profile_id, industry_slug),
  CONSTRAINT profile_industries_profile_fkey FOREIGN KEY (vendor_id, profile_id) REFERENCES profiles (vendor_id, id) ON DELETE CASCADE,
  CONSTRAINT profile_industries_industry_fkey FOREIGN KEY (vendor_id, industry_slug) REFERENCES industries (vendor_id, slug)
);
CALL make_tenant_table('profile_industries');

CREATE TABLE services (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  profile_id uuid NOT NULL,
  slug text NOT NULL CONSTRAINT services_slug_form CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,79}$'),
  kind text NOT NULL DEFAULT 'package' CONSTRAINT services_kind_known CHECK (kind IN ('package')),
  category_slug text NOT NULL,
  title text NOT NULL CONSTRAINT services_title_length CHECK (char_length(title) BETWEEN 1 AND 120),
  outcome text NOT NULL CONSTRAINT services_outcome_length CHECK (char_length(outcome) BETWEEN 1 AND 400),
  includes text[] NOT NULL,
  excludes text[] NOT NULL,
  prerequisites text[] NOT NULL,
  access_preset text NOT NULL CONSTRAINT services_access_known CHECK (access_preset IN ('none', 'read-only', 'author-drafts', 'run-campaigns', 'full-operator')),
  currency text NOT NULL REFERENCES currencies (code),
  state text NOT NULL DEFAULT 'draft' CONSTRAINT services_state_known CHECK (state IN ('draft', 'published', 'archived')),
  published_at timestamptz,
  version integer NOT NULL DEFAULT 1,
  updated_at timestamptz NOT NULL DEFAULT app_now(),
  PRIMARY KEY (vendor_id, id),
  CONSTRAINT services_slug_key UNIQUE (vendor_id, organization_id, slug),
  CONSTRAINT services_profile_fkey FOREIGN KEY (vendor_id, profile_id, organization_id) REFERENCES profiles (vendor_id, id, organization_id),
  CONSTRAINT services_category_fkey FOREIGN KEY (vendor_id, category_slug) REFERENCES service_categories (vendor_id, slug),
  CONSTRAINT services_published CHECK (state <> 'published' OR published_at IS NOT NULL)
);
CALL make_tenant_table('services');
CREATE INDEX services_by_profile ON services (vendor_id, profile_id);
CREATE INDEX services_published_by_category ON services (vendor_id, category_slug) WHERE state = 'published';

CREATE TABLE service_milestones (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  service_id uuid NOT NULL,
  seq integer NOT NULL CONSTRAINT service_milestones_seq_range CHECK (seq BETWEEN 1 AND 12),
  title text NOT NULL CONSTRAINT service_milestones_title_length CHECK (char_length(title) BETWEEN 1 AND 120),
  delivers text NOT NULL,
  price_minor bigint NOT NULL CONSTRAINT service_milestones_price_range CHECK (price_minor BETWEEN 1 AND 100000000000),
  days integer NOT NULL CONSTRAINT service_milestones_days_range CHECK (days BETWEEN 1 AND 365),
  PRIMARY KEY (vendor_id, service_id, seq),
  CONSTRAINT service_milestones_service_fkey FOREIGN KEY (vendor_id, service_id) REFERENCES services (vendor_id, id) ON DELETE CASCADE
);
CALL make_tenant_table('service_milestones');

-- What a profile has proven here: written from events of engagements, never by its owner.
CREATE TABLE profile_records (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  profile_id uuid NOT NULL,
  category_slug text NOT NULL,
  jobs integer NOT NULL DEFAULT 0 CHECK (jobs >= 0),
  PRIMARY KEY (vendor_id, profile_id, category_slug),
  CONSTRAINT profile_records_profile_fkey FOREIGN KEY (vendor_id, profile_id) REFERENCES profiles (vendor_id, id)
);
CALL make_tenant_table('profile_records');

CREATE TABLE profile_ratings (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  profile_id uuid NOT NULL,
  reviews integer NOT NULL DEFAULT 0 CHECK (reviews >= 0),
  points integer NOT NULL DEFAULT 0 CHECK (points BETWEEN reviews * 3 AND reviews * 15),
  PRIMARY KEY (vendor_id, profile_id),
  CONSTRAINT profile_ratings_profile_fkey FOREIGN KEY (vendor_id, profile_id) REFERENCES profiles (vendor_id, id)
);
COMMENT ON COLUMN profile_ratings.points IS 'sum of outcome + communication + value (1 to 5 each) over published reviews';
CALL make_tenant_table('profile_ratings');
