// Who looks: one person of each role of the demo program, and a visitor.
export const PASSWORD = 'larkfield-demo';

export const ROLES = {
  visitor: null,
  customer: 'petra@fjordhaus.example',
  consultant: 'ines@brandt-lifecycle.example',
  'program manager': 'samir.haddad@larkfield.example',
  finance: 'priscila.okonjo-lund@larkfield.example',
  reseller: 'henning@nordlys-systems.example',
};
