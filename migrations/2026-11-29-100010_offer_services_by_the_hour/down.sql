DROP TRIGGER service_milestones_of_package ON service_milestones;
DROP FUNCTION hours_have_no_milestones();
ALTER TABLE services DROP CONSTRAINT services_hourly, DROP COLUMN most_minor;
-- A rate has no place in a package: the offer goes back to its drafts, with one milestone of its whole price.
DO $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT id FROM vendors LOOP
    PERFORM set_config('attache.vendor', one.id::text, true);
    INSERT INTO service_milestones (vendor_id, service_id, seq, title, delivers, price_minor, days)
      SELECT vendor_id, id, 1, 'Work by the hour', 'Hours as they are agreed on.', least(rate_minor * cap_minutes / 60 * weeks, 100000000000), weeks * 7
      FROM services WHERE kind = 'hourly';
    UPDATE services SET kind = 'package', state = CASE state WHEN 'published' THEN 'draft' ELSE state END WHERE kind = 'hourly';
  END LOOP;
END $$;
ALTER TABLE services DROP COLUMN rate_minor, DROP COLUMN cap_minutes, DROP COLUMN weeks,
  DROP CONSTRAINT services_kind_known, ADD CONSTRAINT services_kind_known CHECK (kind IN ('package'));
