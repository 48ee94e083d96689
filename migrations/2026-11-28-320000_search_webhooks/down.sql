DROP INDEX webhooks_by_object;
DROP INDEX webhooks_by_vendor;
