DROP TABLE access_log, gateway_keys, grants, oauth_states, connection_secrets, connections;
DROP FUNCTION grants_stay_as_granted();
