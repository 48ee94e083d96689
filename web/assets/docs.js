/* Starts the reader of the API description. Its address stands in the page, so this file is the
   same for every installation. */
(() => {
  'use strict';
  const place = document.getElementById('api-docs');
  if (!place || !window.SwaggerUIBundle) return;
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  root.classList.toggle('dark-mode', (root.dataset.theme || system) === 'dark');
  window.SwaggerUIBundle({
    url: place.dataset.spec,
    domNode: place,
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
    withCredentials: true,
  });
})();
