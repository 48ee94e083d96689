// Who looks: one person of each role of the demo program, and a visitor.
export const ROLES = {
  visitor: null,
  'program manager': 'samir.haddad@larkfield.example',
  consultant: 'ines@brandt-lifecycle.example',
  customer: 'petra@fjordhaus.example',
};
