// Written by `attache schema` from a migrated database; do not edit by hand.

diesel::table! {
    access_alarms (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        grant_id -> Uuid,
        customer_organization_id -> Uuid,
        kind -> Text,
        calls -> BigInt,
        usual_calls -> BigInt,
        contacts -> BigInt,
        usual_contacts -> BigInt,
        country -> Nullable<Text>,
        began_at -> Timestamptz,
        last_at -> Timestamptz,
        raised_at -> Timestamptz,
        state -> Text,
        seen_at -> Nullable<Timestamptz>,
        seen_by -> Nullable<Uuid>,
        closed_at -> Nullable<Timestamptz>,
        closed_by -> Nullable<Uuid>,
        note -> Text,
        countries -> Nullable<Array<Text>>,
        networks -> BigInt,
    }
}

diesel::table! {
    access_holds (vendor_id, engagement_id, cause, reference) {
        vendor_id -> Uuid,
        engagement_id -> Uuid,
        cause -> Text,
        reference -> Text,
        since -> Timestamptz,
        lifted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    access_log (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        begun_id -> Nullable<Uuid>,
        grant_id -> Uuid,
        key_id -> Nullable<Uuid>,
        engagement_id -> Uuid,
        customer_organization_id -> Uuid,
        partner_organization_id -> Uuid,
        connection_id -> Uuid,
        person_id -> Uuid,
        operation_id -> Nullable<Text>,
        operation -> Nullable<Text>,
        risk -> Nullable<Text>,
        method -> Text,
        path_template -> Nullable<Text>,
        target -> Text,
        outcome -> Text,
        code -> Nullable<Text>,
        status -> Nullable<SmallInt>,
        bytes -> BigInt,
        duration_ms -> Integer,
        request_id -> Text,
        at -> Timestamptz,
        cost_unit -> Nullable<Text>,
        cost -> Nullable<BigInt>,
        approval_id -> Nullable<Uuid>,
        network -> Nullable<Bytea>,
        country -> Nullable<Text>,
        written_at -> Nullable<Timestamptz>,
        undo -> Bool,
        sent_hash -> Nullable<Bytea>,
        answer_hash -> Nullable<Bytea>,
    }
}

diesel::table! {
    access_places (vendor_id, grant_id, kind, place) {
        vendor_id -> Uuid,
        grant_id -> Uuid,
        kind -> Text,
        place -> Text,
        calls -> BigInt,
        first_at -> Timestamptz,
        last_at -> Timestamptz,
    }
}

diesel::table! {
    accounts (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        milestone_id -> Nullable<Uuid>,
        organization_id -> Nullable<Uuid>,
        currency -> Text,
        opened_at -> Timestamptz,
        week_id -> Nullable<Uuid>,
        normal -> Text,
        guarded -> Bool,
    }
}

diesel::table! {
    agreements (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        version -> Text,
        title -> Text,
        body -> Text,
        body_hash -> Bytea,
        published_at -> Timestamptz,
    }
}

diesel::table! {
    api_tokens (id) {
        id -> Uuid,
        token_hash -> Bytea,
        membership_id -> Uuid,
        name -> Text,
        scope -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    applications (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        organization_id -> Uuid,
        kind -> Text,
        specialities -> Array<Text>,
        client_references -> Jsonb,
        note -> Text,
        agreement_id -> Uuid,
        agreement_hash -> Bytea,
        submitted_by -> Uuid,
        submitted_at -> Timestamptz,
        state -> Text,
        decided_at -> Nullable<Timestamptz>,
        decided_by -> Nullable<Uuid>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    approver_rules (vendor_id, organization_id) {
        vendor_id -> Uuid,
        organization_id -> Uuid,
        organization_kind -> Text,
        needed -> SmallInt,
        about -> Text,
        changed_at -> Timestamptz,
        changed_by -> Uuid,
    }
}

diesel::table! {
    audit_checkpoints (vendor_id, customer_organization_id, seq) {
        vendor_id -> Uuid,
        customer_organization_id -> Uuid,
        seq -> BigInt,
        hash -> Bytea,
        at -> Timestamptz,
        key_id -> Text,
        signature -> Bytea,
    }
}

diesel::table! {
    audit_heads (vendor_id, customer_organization_id) {
        vendor_id -> Uuid,
        customer_organization_id -> Uuid,
        seq -> BigInt,
        hash -> Bytea,
        checkpoint_due -> Bool,
    }
}

diesel::table! {
    audit_keys (vendor_id, customer_organization_id, id) {
        vendor_id -> Uuid,
        customer_organization_id -> Uuid,
        id -> Uuid,
        wrapped_key -> Bytea,
        kek_id -> Text,
        made_at -> Timestamptz,
        sealed_to -> BigInt,
    }
}

diesel::table! {
    audit_openings (vendor_id, customer_organization_id, seq) {
        vendor_id -> Uuid,
        customer_organization_id -> Uuid,
        seq -> BigInt,
        salt -> Nullable<Bytea>,
        words -> Nullable<Text>,
        sealed -> Nullable<Bytea>,
        key_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    audit_records (vendor_id, customer_organization_id, seq) {
        vendor_id -> Uuid,
        customer_organization_id -> Uuid,
        seq -> BigInt,
        prev -> Bytea,
        hash -> Bytea,
        body -> Text,
    }
}

diesel::table! {
    audit_webhooks (vendor_id, customer_organization_id) {
        vendor_id -> Uuid,
        customer_organization_id -> Uuid,
        id -> Uuid,
        url -> Text,
        secret_sealed -> Bytea,
        set_at -> Timestamptz,
        set_by -> Uuid,
        sent_seq -> BigInt,
        turn -> BigInt,
        delivered_at -> Nullable<Timestamptz>,
        failures -> Integer,
        failing_since -> Nullable<Timestamptz>,
        failed_at -> Nullable<Timestamptz>,
        failure -> Nullable<Text>,
        next_try_at -> Nullable<Timestamptz>,
        told_at -> Nullable<Timestamptz>,
        tested_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    balance_checkpoints (vendor_id, account_id, server, through) {
        vendor_id -> Uuid,
        account_id -> Uuid,
        server -> BigInt,
        through -> BigInt,
        amount_minor -> BigInt,
        entries -> BigInt,
        made_at -> Timestamptz,
    }
}

diesel::table! {
    balance_transactions (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Text,
        milestone_id -> Uuid,
        source -> Text,
        currency -> Text,
        amount_minor -> BigInt,
        fee_minor -> BigInt,
        available_on -> Timestamptz,
        created_at -> Timestamptz,
        settled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    brief_skills (vendor_id, brief_id, skill_slug) {
        vendor_id -> Uuid,
        brief_id -> Uuid,
        skill_slug -> Text,
    }
}

diesel::table! {
    briefs (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        number -> BigInt,
        organization_id -> Uuid,
        created_by -> Uuid,
        title -> Text,
        problem -> Text,
        currency -> Text,
        budget_min_minor -> BigInt,
        budget_max_minor -> BigInt,
        need_by -> Date,
        languages -> Array<Text>,
        overlap_minutes -> Integer,
        zone -> Text,
        industry_slug -> Nullable<Text>,
        state -> Text,
        posted_at -> Nullable<Timestamptz>,
        closed_at -> Nullable<Timestamptz>,
        version -> Integer,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    budget_uses (vendor_id, grant_id, unit, period) {
        vendor_id -> Uuid,
        grant_id -> Uuid,
        unit -> Text,
        period -> Text,
        used -> BigInt,
    }
}

diesel::table! {
    change_requests (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        milestone_id -> Uuid,
        deliverable_id -> Uuid,
        text -> Text,
        requested_by -> Uuid,
        requested_at -> Timestamptz,
    }
}

diesel::table! {
    connection_secrets (vendor_id, connection_id, kind) {
        vendor_id -> Uuid,
        connection_id -> Uuid,
        kind -> Text,
        generation -> BigInt,
        sealed -> Bytea,
        wrapped_key -> Bytea,
        kek_id -> Text,
        form -> SmallInt,
        sealed_at -> Timestamptz,
    }
}

diesel::table! {
    connections (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        organization_id -> Uuid,
        organization_kind -> Text,
        upstream -> Text,
        account_id -> Text,
        account_name -> Text,
        scopes -> Array<Text>,
        state -> Text,
        generation -> BigInt,
        access_expires_at -> Timestamptz,
        lease_owner -> Nullable<Uuid>,
        lease_until -> Nullable<Timestamptz>,
        fence -> BigInt,
        sent_generation -> Nullable<BigInt>,
        connected_by -> Uuid,
        connected_at -> Timestamptz,
        broken_at -> Nullable<Timestamptz>,
        broken_reason -> Nullable<Text>,
        disconnected_at -> Nullable<Timestamptz>,
        disconnected_by -> Nullable<Uuid>,
        revocation -> Text,
        revoked_at -> Nullable<Timestamptz>,
        revocation_tries -> Integer,
        revocation_error -> Nullable<Text>,
        parts -> Jsonb,
        lost_scopes -> Array<Text>,
        currency -> Nullable<Text>,
    }
}

diesel::table! {
    credentials (person_id) {
        person_id -> Uuid,
        password_hash -> Text,
        changed_at -> Timestamptz,
    }
}

diesel::table! {
    currencies (code) {
        code -> Text,
        exponent -> SmallInt,
    }
}

diesel::table! {
    deliverables (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        milestone_id -> Uuid,
        version -> Integer,
        text -> Text,
        file_id -> Nullable<Uuid>,
        submitted_by -> Uuid,
        submitted_at -> Timestamptz,
    }
}

diesel::table! {
    disagreement_proposals (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        disagreement_id -> Uuid,
        side -> Text,
        currency -> Text,
        back_minor -> BigInt,
        released_minor -> BigInt,
        note -> Text,
        proposed_by -> Uuid,
        proposed_at -> Timestamptz,
        state -> Text,
    }
}

diesel::table! {
    disagreements (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        milestone_id -> Uuid,
        engagement_id -> Uuid,
        side -> Text,
        filed_by -> Uuid,
        reason -> Text,
        currency -> Text,
        asked_minor -> BigInt,
        filed_at -> Timestamptz,
        answer_by -> Timestamptz,
        answer -> Nullable<Text>,
        answered_by -> Nullable<Uuid>,
        answered_at -> Nullable<Timestamptz>,
        heard_at -> Nullable<Timestamptz>,
        mediation_side -> Nullable<Text>,
        mediation_by -> Nullable<Uuid>,
        mediation_at -> Nullable<Timestamptz>,
        state -> Text,
        back_minor -> Nullable<BigInt>,
        released_minor -> Nullable<BigInt>,
        outcome -> Nullable<Text>,
        ended_by -> Nullable<Uuid>,
        ended_at -> Nullable<Timestamptz>,
        approval_id -> Nullable<Uuid>,
        alone_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    disputes (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        stripe_dispute -> Text,
        payment_id -> Uuid,
        milestone_id -> Uuid,
        engagement_id -> Uuid,
        customer_organization_id -> Uuid,
        currency -> Text,
        amount_minor -> BigInt,
        fee_minor -> BigInt,
        reason -> Text,
        state -> Text,
        frozen -> Bool,
        respond_by -> Nullable<Timestamptz>,
        opened_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        raw -> Jsonb,
    }
}

diesel::table! {
    email_links (id) {
        id -> Uuid,
        token_hash -> Bytea,
        purpose -> Text,
        person_id -> Nullable<Uuid>,
        vendor_id -> Nullable<Uuid>,
        email -> Text,
        facts -> Jsonb,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    engagement_entries (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        topic -> Text,
        kind -> Text,
        facts -> Jsonb,
        person_id -> Nullable<Uuid>,
        at -> Timestamptz,
    }
}

diesel::table! {
    engagement_guests (vendor_id, engagement_id, person_id) {
        vendor_id -> Uuid,
        engagement_id -> Uuid,
        person_id -> Uuid,
        invited_by -> Uuid,
        reason -> Text,
        since -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    engagements (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        number -> BigInt,
        brief_id -> Uuid,
        proposal_id -> Uuid,
        customer_organization_id -> Uuid,
        partner_organization_id -> Uuid,
        profile_id -> Uuid,
        consultant_id -> Uuid,
        category_slug -> Nullable<Text>,
        title -> Text,
        access_preset -> Text,
        currency -> Text,
        total_minor -> BigInt,
        state -> Text,
        created_at -> Timestamptz,
        signed_at -> Nullable<Timestamptz>,
        active_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        end_reason -> Nullable<Text>,
        pause_stands -> Bool,
        rate_minor -> Nullable<BigInt>,
        cap_minutes -> Nullable<Integer>,
        weeks -> Nullable<Integer>,
        hours_end_on -> Nullable<Date>,
    }
}

diesel::table! {
    enrollments (vendor_id, organization_id) {
        vendor_id -> Uuid,
        organization_id -> Uuid,
        kind -> Text,
        state -> Text,
        tier -> Text,
        agreement_id -> Uuid,
        since -> Timestamptz,
        changed_at -> Nullable<Timestamptz>,
        changed_by -> Nullable<Uuid>,
        change_reason -> Nullable<Text>,
    }
}

diesel::table! {
    entries (vendor_id, journal_id, line) {
        vendor_id -> Uuid,
        journal_id -> Uuid,
        line -> SmallInt,
        account_id -> Uuid,
        currency -> Text,
        amount_minor -> BigInt,
        posted_in -> BigInt,
    }
}

diesel::table! {
    events (id) {
        id -> Uuid,
        vendor_id -> Uuid,
        kind -> Text,
        facts -> Jsonb,
        actor_id -> Nullable<Uuid>,
        at -> Timestamptz,
    }
}

diesel::table! {
    external_objects (id) {
        id -> Text,
        vendor_id -> Uuid,
        subject_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    fee_policies (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        version -> Integer,
        consultant_parts -> Integer,
        vendor_parts -> Integer,
        reseller_parts -> Integer,
        operator_parts -> Integer,
        effective_from -> Timestamptz,
        category_slug -> Nullable<Text>,
        tier -> Nullable<Text>,
        account -> Nullable<Text>,
        words -> Text,
        ends_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    files (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        organization_id -> Uuid,
        name -> Text,
        content_type -> Text,
        size_bytes -> BigInt,
        sha256 -> Bytea,
        uploaded_by -> Uuid,
        uploaded_at -> Timestamptz,
    }
}

diesel::table! {
    gateway_keys (id) {
        id -> Uuid,
        key_hash -> Bytea,
        vendor_id -> Uuid,
        grant_id -> Uuid,
        name -> Text,
        ending -> Text,
        created_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
        dpop_jkt -> Nullable<Bytea>,
    }
}

diesel::table! {
    gateway_proofs (vendor_id, key_id, jti_hash) {
        vendor_id -> Uuid,
        key_id -> Uuid,
        jti_hash -> Bytea,
        kept_until -> Timestamptz,
    }
}

diesel::table! {
    grant_amendments (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        grant_id -> Uuid,
        actions -> Array<Text>,
        last_day -> Nullable<Date>,
        reason -> Text,
        asked_by -> Uuid,
        asked_at -> Timestamptz,
        answer_by -> Timestamptz,
        state -> Text,
        answered_at -> Nullable<Timestamptz>,
        answered_by -> Nullable<Uuid>,
        before_hash -> Nullable<Bytea>,
        preset -> Nullable<Text>,
        terms -> Nullable<Text>,
        terms_hash -> Nullable<Bytea>,
        valid_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    grant_approvals (vendor_id, proposal_id, hash, person_id) {
        vendor_id -> Uuid,
        proposal_id -> Uuid,
        hash -> Bytea,
        person_id -> Uuid,
        agreed_at -> Timestamptz,
    }
}

diesel::table! {
    grant_drafts (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        partner_organization_id -> Uuid,
        author_id -> Uuid,
        consultant_id -> Uuid,
        upstream -> Text,
        preset -> Text,
        wish -> Jsonb,
        days -> Nullable<Integer>,
        reason -> Text,
        version -> Integer,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    grant_ends (vendor_id, grant_id) {
        vendor_id -> Uuid,
        grant_id -> Uuid,
        written_at -> Timestamptz,
    }
}

diesel::table! {
    grant_openings (vendor_id, grant_id) {
        vendor_id -> Uuid,
        grant_id -> Uuid,
        engagement_id -> Uuid,
        milestone_id -> Uuid,
    }
}

diesel::table! {
    grant_proposals (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        grant_id -> Uuid,
        amendment_id -> Nullable<Uuid>,
        engagement_id -> Uuid,
        customer_organization_id -> Uuid,
        connection_id -> Uuid,
        consultant_id -> Uuid,
        preset -> Text,
        terms -> Text,
        terms_hash -> Bytea,
        before_hash -> Nullable<Bytea>,
        last_day -> Nullable<Date>,
        ends_by -> Nullable<Timestamptz>,
        milestone_id -> Nullable<Uuid>,
        edition -> Integer,
        hash -> Bytea,
        needed -> SmallInt,
        proposed_by -> Uuid,
        proposed_at -> Timestamptz,
        edited_by -> Uuid,
        edited_at -> Timestamptz,
        answer_by -> Timestamptz,
        state -> Text,
        closed_at -> Nullable<Timestamptz>,
        closed_by -> Nullable<Uuid>,
        close_reason -> Text,
    }
}

diesel::table! {
    grant_requests (vendor_id, grant_id) {
        vendor_id -> Uuid,
        grant_id -> Uuid,
        terms -> Text,
        terms_hash -> Bytea,
        days -> Nullable<Integer>,
        asked_at -> Timestamptz,
        asked_by -> Uuid,
    }
}

diesel::table! {
    grant_rests (vendor_id, grant_id, rested_at) {
        vendor_id -> Uuid,
        grant_id -> Uuid,
        rested_at -> Timestamptz,
        rested_by -> Uuid,
        program_reason -> Nullable<Text>,
    }
}

diesel::table! {
    grant_starts (vendor_id, grant_id) {
        vendor_id -> Uuid,
        grant_id -> Uuid,
        starts_at -> Timestamptz,
    }
}

diesel::table! {
    grant_versions (vendor_id, grant_id, version) {
        vendor_id -> Uuid,
        grant_id -> Uuid,
        version -> Integer,
        terms -> Text,
        terms_hash -> Bytea,
        valid_until -> Timestamptz,
        made_at -> Timestamptz,
        made_by -> Uuid,
        amendment_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    grants (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        customer_organization_id -> Uuid,
        partner_organization_id -> Uuid,
        connection_id -> Nullable<Uuid>,
        consultant_id -> Uuid,
        upstream -> Text,
        preset -> Text,
        reason -> Text,
        terms -> Text,
        terms_hash -> Bytea,
        state -> Text,
        requested_at -> Nullable<Timestamptz>,
        answer_by -> Nullable<Timestamptz>,
        granted_at -> Nullable<Timestamptz>,
        granted_by -> Nullable<Uuid>,
        valid_until -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        ended_by -> Nullable<Uuid>,
        end_reason -> Nullable<Text>,
        created_at -> Timestamptz,
        narrowed_at -> Nullable<Timestamptz>,
        narrowed_by -> Nullable<Uuid>,
        amendment_id -> Nullable<Uuid>,
        amended_at -> Nullable<Timestamptz>,
        amended_by -> Nullable<Uuid>,
        rests_at -> Nullable<Timestamptz>,
        restored_at -> Nullable<Timestamptz>,
        restored_by -> Nullable<Uuid>,
        succeeds_id -> Nullable<Uuid>,
        proposed_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    idempotency_keys (id) {
        id -> Uuid,
        caller -> Text,
        operation -> Text,
        key -> Text,
        request_hash -> Bytea,
        state -> Text,
        status -> Nullable<SmallInt>,
        headers -> Nullable<Jsonb>,
        body -> Nullable<Bytea>,
        created_at -> Timestamptz,
        lease_until -> Timestamptz,
    }
}

diesel::table! {
    industries (vendor_id, slug) {
        vendor_id -> Uuid,
        slug -> Text,
        title -> Text,
    }
}

diesel::table! {
    invitations (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        brief_id -> Uuid,
        profile_id -> Uuid,
        organization_id -> Uuid,
        message -> Text,
        state -> Text,
        sent_by -> Uuid,
        sent_at -> Timestamptz,
        answered_at -> Nullable<Timestamptz>,
        reason -> Nullable<Text>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Uuid,
        vendor_id -> Nullable<Uuid>,
        kind -> Text,
        facts -> Jsonb,
        unique_key -> Nullable<Text>,
        state -> Text,
        attempts -> Integer,
        max_attempts -> Integer,
        run_at -> Timestamptz,
        lease_until -> Nullable<Timestamptz>,
        lease_token -> Nullable<Uuid>,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    journals (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        event_key -> Text,
        kind -> Text,
        lines -> SmallInt,
        milestone_id -> Nullable<Uuid>,
        facts -> Jsonb,
        posted_at -> Timestamptz,
        week_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    kept_changes (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        grant_id -> Uuid,
        customer_organization_id -> Uuid,
        kept_sealed -> Nullable<Bytea>,
        state -> Text,
        asked_at -> Nullable<Timestamptz>,
        asked_by -> Nullable<Uuid>,
        overwrite -> Bool,
        tried_at -> Nullable<Timestamptz>,
        found_sealed -> Nullable<Bytea>,
        wiped_at -> Nullable<Timestamptz>,
        failure -> Nullable<Text>,
    }
}

diesel::table! {
    matches (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        brief_id -> Uuid,
        profile_id -> Uuid,
        service_id -> Nullable<Uuid>,
        rank -> Integer,
        score_milli -> Integer,
        factors -> Jsonb,
        watch_out -> Text,
        shown_at -> Timestamptz,
    }
}

diesel::table! {
    memberships (id) {
        id -> Uuid,
        person_id -> Uuid,
        vendor_id -> Uuid,
        organization_id -> Uuid,
        organization_kind -> Text,
        role -> Text,
        created_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        ended_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    messages (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        organization_id -> Uuid,
        person_id -> Uuid,
        text -> Text,
        sent_at -> Timestamptz,
    }
}

diesel::table! {
    method_setups (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        organization_id -> Uuid,
        asked_by -> Uuid,
        state -> Text,
        checkout_session -> Nullable<Text>,
        checkout_url -> Nullable<Text>,
        expires_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    milestone_shares (vendor_id, milestone_id, party) {
        vendor_id -> Uuid,
        milestone_id -> Uuid,
        party -> Text,
        organization_id -> Nullable<Uuid>,
        parts -> Integer,
        amount_minor -> BigInt,
        fee_policy_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    milestones (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        seq -> Integer,
        title -> Text,
        delivers -> Text,
        currency -> Text,
        price_minor -> BigInt,
        days -> Integer,
        state -> Text,
        funded_at -> Nullable<Timestamptz>,
        due_on -> Nullable<Date>,
        submitted_at -> Nullable<Timestamptz>,
        accepts_itself_at -> Nullable<Timestamptz>,
        accepted_at -> Nullable<Timestamptz>,
        accepted_by -> Nullable<Uuid>,
        refunded_at -> Nullable<Timestamptz>,
        change_requests -> Integer,
        sent_back_minor -> BigInt,
        given_back_minor -> BigInt,
        released_minor -> BigInt,
        settled_at -> Nullable<Timestamptz>,
        kind -> Text,
        week_of -> Nullable<Date>,
        minutes -> Nullable<Integer>,
        charged_minutes -> Nullable<Integer>,
        charged_at -> Nullable<Timestamptz>,
        hold_until -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    money_approvals (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        milestone_id -> Nullable<Uuid>,
        disagreement_id -> Nullable<Uuid>,
        break_id -> Nullable<Uuid>,
        currency -> Text,
        amount_minor -> Nullable<BigInt>,
        back_minor -> Nullable<BigInt>,
        correction -> Nullable<Text>,
        limit_minor -> BigInt,
        reason -> Text,
        hash -> Bytea,
        asked_by -> Uuid,
        asked_at -> Timestamptz,
        answer_by -> Timestamptz,
        state -> Text,
        closed_by -> Nullable<Uuid>,
        closed_at -> Nullable<Timestamptz>,
        words -> Nullable<Text>,
    }
}

diesel::table! {
    money_limits (vendor_id, currency) {
        vendor_id -> Uuid,
        currency -> Text,
        limit_minor -> Nullable<BigInt>,
        set_by -> Uuid,
        set_at -> Timestamptz,
        approval_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    muted_notices (vendor_id, person_id, kind) {
        vendor_id -> Uuid,
        person_id -> Uuid,
        kind -> Text,
    }
}

diesel::table! {
    nettings (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        recovery_id -> Uuid,
        transfer_id -> Uuid,
        currency -> Text,
        amount_minor -> BigInt,
        netted_at -> Timestamptz,
    }
}

diesel::table! {
    nodes (id) {
        id -> Uuid,
        began_at -> Timestamptz,
        written_until -> Timestamptz,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    notices (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        person_id -> Uuid,
        organization_id -> Uuid,
        kind -> Text,
        title -> Text,
        body -> Text,
        link -> Text,
        created_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    oauth_states (state_hash) {
        state_hash -> Bytea,
        vendor_id -> Uuid,
        session_id -> Uuid,
        membership_id -> Uuid,
        upstream -> Text,
        issuer -> Text,
        connection_id -> Nullable<Uuid>,
        verifier_sealed -> Bytea,
        verifier_wrapped_key -> Bytea,
        verifier_kek_id -> Text,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        parts -> Jsonb,
        client_sealed -> Nullable<Bytea>,
        client_wrapped_key -> Nullable<Bytea>,
        client_kek_id -> Nullable<Text>,
        strayed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    organizations (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        name -> Text,
        city -> Text,
        country -> Text,
        zone -> Text,
        industry -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    payment_methods (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        organization_id -> Uuid,
        stripe_method -> Text,
        brand -> Text,
        last4 -> Text,
        expires_month -> Integer,
        expires_year -> Integer,
        state -> Text,
        is_default -> Bool,
        saved_by -> Uuid,
        saved_at -> Timestamptz,
        warned_at -> Nullable<Timestamptz>,
        removed_by -> Nullable<Uuid>,
        removed_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    payment_platform (one) {
        one -> Bool,
        country -> Text,
    }
}

diesel::table! {
    payments (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        milestone_id -> Uuid,
        engagement_id -> Uuid,
        customer_organization_id -> Uuid,
        currency -> Text,
        amount_minor -> BigInt,
        state -> Text,
        asked_by -> Uuid,
        checkout_session -> Nullable<Text>,
        checkout_url -> Nullable<Text>,
        expires_at -> Nullable<Timestamptz>,
        payment_intent -> Nullable<Text>,
        charge -> Nullable<Text>,
        trouble -> Nullable<Text>,
        created_at -> Timestamptz,
        paid_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        method_id -> Nullable<Uuid>,
        keeps -> Bool,
        mandate_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    payout_accounts (vendor_id, organization_id) {
        vendor_id -> Uuid,
        organization_id -> Uuid,
        stripe_account -> Nullable<Text>,
        country -> Text,
        details_submitted -> Bool,
        transfers_active -> Bool,
        requirements -> Jsonb,
        disabled_reason -> Nullable<Text>,
        asked_by -> Uuid,
        created_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    payouts (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        organization_id -> Uuid,
        stripe_payout -> Text,
        currency -> Text,
        amount_minor -> BigInt,
        state -> Text,
        arrives_at -> Timestamptz,
        failure -> Nullable<Text>,
        began_at -> Timestamptz,
        read_at -> Timestamptz,
    }
}

diesel::table! {
    persons (id) {
        id -> Uuid,
        name -> Text,
        email -> Text,
        zone -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    profile_industries (vendor_id, profile_id, industry_slug) {
        vendor_id -> Uuid,
        profile_id -> Uuid,
        industry_slug -> Text,
    }
}

diesel::table! {
    profile_ratings (vendor_id, profile_id) {
        vendor_id -> Uuid,
        profile_id -> Uuid,
        reviews -> Integer,
        points -> Integer,
    }
}

diesel::table! {
    profile_records (vendor_id, profile_id, category_slug) {
        vendor_id -> Uuid,
        profile_id -> Uuid,
        category_slug -> Text,
        jobs -> Integer,
    }
}

diesel::table! {
    profile_skills (vendor_id, profile_id, skill_slug) {
        vendor_id -> Uuid,
        profile_id -> Uuid,
        skill_slug -> Text,
    }
}

diesel::table! {
    profiles (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        organization_id -> Uuid,
        person_id -> Uuid,
        slug -> Text,
        headline -> Text,
        about -> Text,
        languages -> Array<Text>,
        zone -> Text,
        works_from -> Time,
        works_until -> Time,
        accepting_clients -> Bool,
        free_from -> Nullable<Date>,
        search_head -> Text,
        search_body -> Text,
        published_at -> Nullable<Timestamptz>,
        version -> Integer,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    programs (vendor_id) {
        vendor_id -> Uuid,
        currency -> Text,
        zone -> Text,
        rules_version -> Integer,
        offer_valid_days -> Integer,
        contracting_days -> Integer,
        funding_days -> Integer,
        acceptance_days -> Integer,
        change_requests -> Integer,
        review_days -> Integer,
        grant_days -> Integer,
        reseller_months -> Integer,
    }
}

diesel::table! {
    proposal_lines (vendor_id, proposal_id, milestone_seq, seq) {
        vendor_id -> Uuid,
        proposal_id -> Uuid,
        milestone_seq -> Integer,
        seq -> Integer,
        title -> Text,
        amount_minor -> BigInt,
    }
}

diesel::table! {
    proposal_milestones (vendor_id, proposal_id, seq) {
        vendor_id -> Uuid,
        proposal_id -> Uuid,
        seq -> Integer,
        title -> Text,
        delivers -> Text,
        price_minor -> BigInt,
        days -> Integer,
    }
}

diesel::table! {
    proposals (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        brief_id -> Uuid,
        invitation_id -> Uuid,
        customer_organization_id -> Uuid,
        organization_id -> Uuid,
        profile_id -> Uuid,
        service_id -> Nullable<Uuid>,
        title -> Text,
        note -> Text,
        access_preset -> Text,
        currency -> Text,
        total_minor -> BigInt,
        state -> Text,
        valid_until -> Timestamptz,
        sent_by -> Uuid,
        sent_at -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
        decided_by -> Nullable<Uuid>,
        reason -> Nullable<Text>,
        rate_minor -> Nullable<BigInt>,
        cap_minutes -> Nullable<Integer>,
        weeks -> Nullable<Integer>,
    }
}

diesel::table! {
    reconciliation_breaks (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        kind -> Text,
        subject -> Text,
        stripe_id -> Nullable<Text>,
        journal_id -> Nullable<Uuid>,
        currency -> Text,
        expected_minor -> Nullable<BigInt>,
        seen_minor -> Nullable<BigInt>,
        detail -> Text,
        state -> Text,
        first_seen_at -> Timestamptz,
        last_seen_at -> Timestamptz,
        opened_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        reason -> Nullable<Text>,
        explained_by -> Nullable<Uuid>,
        explained_as -> Nullable<Text>,
        correction -> Nullable<Text>,
        approval_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    reconciliations (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        began_at -> Timestamptz,
        ended_at -> Timestamptz,
        movements -> BigInt,
        matched -> BigInt,
        booked -> BigInt,
        opened -> BigInt,
        closed -> BigInt,
        open -> BigInt,
        server -> BigInt,
        through -> BigInt,
    }
}

diesel::table! {
    recoveries (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        milestone_id -> Uuid,
        refund_id -> Nullable<Uuid>,
        dispute_id -> Nullable<Uuid>,
        party -> Text,
        organization_id -> Uuid,
        currency -> Text,
        amount_minor -> BigInt,
        netted_minor -> BigInt,
        reversed_minor -> BigInt,
        state -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    refunds (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        milestone_id -> Uuid,
        payment_id -> Uuid,
        currency -> Text,
        amount_minor -> BigInt,
        state -> Text,
        reason -> Text,
        asked_by -> Nullable<Uuid>,
        stripe_refund -> Nullable<Text>,
        refusal -> Nullable<Text>,
        asked_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        released -> Bool,
        approval_id -> Nullable<Uuid>,
        disagreement_id -> Nullable<Uuid>,
        alone_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    releases (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        milestone_id -> Uuid,
        currency -> Text,
        amount_minor -> BigInt,
        acceptance -> Bool,
        reason -> Text,
        released_by -> Nullable<Uuid>,
        released_at -> Timestamptz,
    }
}

diesel::table! {
    reseller_attributions (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        customer_organization_id -> Uuid,
        reseller_organization_id -> Uuid,
        since -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        reason -> Text,
        end_reason -> Nullable<Text>,
        set_by -> Nullable<Uuid>,
        kind -> Text,
    }
}

diesel::table! {
    reversals (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        recovery_id -> Uuid,
        transfer_id -> Uuid,
        currency -> Text,
        amount_minor -> BigInt,
        state -> Text,
        stripe_reversal -> Nullable<Text>,
        refusal -> Nullable<Text>,
        asked_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    reviews (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        side -> Text,
        outcome -> SmallInt,
        communication -> SmallInt,
        value -> SmallInt,
        text -> Text,
        root_cause -> Nullable<Text>,
        written_by -> Uuid,
        written_at -> Timestamptz,
        publish_at -> Timestamptz,
        published_at -> Nullable<Timestamptz>,
        hidden_at -> Nullable<Timestamptz>,
        hidden_by -> Nullable<Uuid>,
        hidden_reason -> Nullable<Text>,
        reply -> Nullable<Text>,
        replied_by -> Nullable<Uuid>,
        replied_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    running_numbers (vendor_id, kind) {
        vendor_id -> Uuid,
        kind -> Text,
        last -> BigInt,
    }
}

diesel::table! {
    service_categories (vendor_id, slug) {
        vendor_id -> Uuid,
        slug -> Text,
        title -> Text,
        line -> Text,
        position -> Integer,
    }
}

diesel::table! {
    service_milestones (vendor_id, service_id, seq) {
        vendor_id -> Uuid,
        service_id -> Uuid,
        seq -> Integer,
        title -> Text,
        delivers -> Text,
        price_minor -> BigInt,
        days -> Integer,
    }
}

diesel::table! {
    services (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        organization_id -> Uuid,
        profile_id -> Uuid,
        slug -> Text,
        kind -> Text,
        category_slug -> Text,
        title -> Text,
        outcome -> Text,
        includes -> Array<Text>,
        excludes -> Array<Text>,
        prerequisites -> Array<Text>,
        access_preset -> Text,
        currency -> Text,
        state -> Text,
        published_at -> Nullable<Timestamptz>,
        version -> Integer,
        updated_at -> Timestamptz,
        rate_minor -> Nullable<BigInt>,
        cap_minutes -> Nullable<Integer>,
        weeks -> Nullable<Integer>,
        most_minor -> Nullable<BigInt>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        token_hash -> Bytea,
        person_id -> Uuid,
        membership_id -> Nullable<Uuid>,
        host -> Text,
        user_agent -> Text,
        address -> Text,
        created_at -> Timestamptz,
        seen_at -> Timestamptz,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    skills (vendor_id, slug) {
        vendor_id -> Uuid,
        slug -> Text,
        title -> Text,
        category_slug -> Text,
    }
}

diesel::table! {
    sow_acceptances (vendor_id, sow_id, side) {
        vendor_id -> Uuid,
        sow_id -> Uuid,
        side -> Text,
        person_id -> Uuid,
        body_hash -> Bytea,
        accepted_at -> Timestamptz,
    }
}

diesel::table! {
    statements_of_work (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        version -> Integer,
        body -> Text,
        body_hash -> Bytea,
        fee_policy_id -> Uuid,
        reseller_organization_id -> Nullable<Uuid>,
        contracting_days -> Integer,
        funding_days -> Integer,
        acceptance_days -> Integer,
        review_days -> Integer,
        change_requests -> Integer,
        accept_by -> Timestamptz,
        created_at -> Timestamptz,
        fee_tier -> Nullable<Text>,
        reseller_kind -> Nullable<Text>,
    }
}

diesel::table! {
    stripe_calls (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        op -> Text,
        subject_id -> Uuid,
        params -> Jsonb,
        params_hash -> Bytea,
        idem_key -> Text,
        state -> Text,
        attempts -> Integer,
        first_sent_at -> Nullable<Timestamptz>,
        response -> Nullable<Jsonb>,
        trouble -> Nullable<Text>,
        created_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    stripe_customers (vendor_id, organization_id) {
        vendor_id -> Uuid,
        organization_id -> Uuid,
        stripe_customer -> Nullable<Text>,
        asked_by -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    stripe_movements (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Text,
        account -> Text,
        kind -> Text,
        source -> Nullable<Text>,
        currency -> Text,
        amount_minor -> BigInt,
        fee_minor -> BigInt,
        net_minor -> BigInt,
        exchanged -> Bool,
        available -> Bool,
        available_on -> Timestamptz,
        happened_at -> Timestamptz,
        read_at -> Timestamptz,
        program_id -> Nullable<Uuid>,
        matched_at -> Nullable<Timestamptz>,
        looked_up_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    stripe_postings (vendor_id, journal_id, currency) {
        vendor_id -> Uuid,
        journal_id -> Uuid,
        currency -> Text,
        moved_minor -> BigInt,
        fee_minor -> BigInt,
        transaction_id -> Nullable<Text>,
        source -> Nullable<Text>,
        milestone_id -> Nullable<Uuid>,
        posted_at -> Timestamptz,
        posted_in -> BigInt,
        movement_id -> Nullable<Text>,
    }
}

diesel::table! {
    stripe_readings (vendor_id, account) {
        vendor_id -> Uuid,
        account -> Text,
        since -> Timestamptz,
        after -> Nullable<Text>,
        began_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        leased_until -> Nullable<Timestamptz>,
        balance -> Nullable<Jsonb>,
    }
}

diesel::table! {
    throttles (bucket, window_start) {
        bucket -> Text,
        window_start -> Timestamptz,
        tries -> Integer,
    }
}

diesel::table! {
    time_entries (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        day -> Date,
        week_of -> Date,
        minutes -> Integer,
        words -> Text,
        written_by -> Uuid,
        written_at -> Timestamptz,
        changed_at -> Nullable<Timestamptz>,
        version -> Integer,
    }
}

diesel::table! {
    transfers (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        milestone_id -> Uuid,
        party -> Text,
        organization_id -> Uuid,
        currency -> Text,
        amount_minor -> BigInt,
        state -> Text,
        attempt -> Integer,
        stripe_transfer -> Nullable<Text>,
        refusal -> Nullable<Text>,
        created_at -> Timestamptz,
        asked_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
        netted_minor -> BigInt,
        reversed_minor -> BigInt,
        release_id -> Uuid,
        acceptance -> Bool,
    }
}

diesel::table! {
    vendor_hosts (host) {
        host -> Text,
        vendor_id -> Uuid,
    }
}

diesel::table! {
    vendors (id) {
        id -> Uuid,
        slug -> Text,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    webhooks (id) {
        id -> Text,
        endpoint -> Text,
        kind -> Text,
        account -> Nullable<Text>,
        object_id -> Nullable<Text>,
        raw -> Bytea,
        state -> Text,
        note -> Nullable<Text>,
        vendor_id -> Nullable<Uuid>,
        happened_at -> Nullable<Timestamptz>,
        received_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    week_mandates (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        engagement_id -> Uuid,
        customer_organization_id -> Uuid,
        method_id -> Uuid,
        words -> Text,
        currency -> Text,
        most_minor -> BigInt,
        given_by -> Uuid,
        given_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        ended_because -> Nullable<Text>,
        ended_by -> Nullable<Uuid>,
    }
}

diesel::table! {
    write_approvals (vendor_id, id) {
        vendor_id -> Uuid,
        id -> Uuid,
        grant_id -> Uuid,
        engagement_id -> Uuid,
        customer_organization_id -> Uuid,
        partner_organization_id -> Uuid,
        connection_id -> Uuid,
        person_id -> Uuid,
        operation_id -> Text,
        deed -> Text,
        risk -> Text,
        method -> Text,
        target -> Text,
        request_hash -> Bytea,
        body_sealed -> Nullable<Bytea>,
        before_sealed -> Nullable<Bytea>,
        before_hash -> Nullable<Bytea>,
        cost_unit -> Nullable<Text>,
        cost -> Nullable<BigInt>,
        state -> Text,
        asked_at -> Timestamptz,
        answer_by -> Timestamptz,
        answered_at -> Nullable<Timestamptz>,
        answered_by -> Nullable<Uuid>,
        note -> Text,
        use_by -> Nullable<Timestamptz>,
        used_at -> Nullable<Timestamptz>,
        used_entry_id -> Nullable<Uuid>,
        wiped_at -> Nullable<Timestamptz>,
        recalled_at -> Nullable<Timestamptz>,
        recalled_by -> Nullable<Uuid>,
        before_etag -> Nullable<Text>,
    }
}
