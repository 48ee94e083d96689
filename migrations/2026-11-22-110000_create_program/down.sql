DROP TABLE reseller_attributions, industries, skills, service_categories, enrollments, applications, agreements, fee_policies, programs;
