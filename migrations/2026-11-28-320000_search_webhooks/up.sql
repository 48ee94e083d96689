-- News is looked through by the people of a program: latest first, or by the object it is about.
CREATE INDEX webhooks_by_vendor ON webhooks (vendor_id, received_at DESC, (md5(id)::uuid) DESC);
CREATE INDEX webhooks_by_object ON webhooks (object_id);
