/* Attaché: small comforts. Every page works without this file. */
(() => {
  'use strict';
  const d = document, root = d.documentElement;
  const on = (type, act) => d.addEventListener(type, act);
  const each = (selector, act) => d.querySelectorAll(selector).forEach(act);
  root.classList.add('js');

  // Theme: the system's unless chosen. The server reads the same cookie and writes data-theme,
  // so nothing flashes; this line serves pages that a shared cache answered.
  const chosen = /(?:^|; )theme=(light|dark)/.exec(d.cookie);
  if (chosen) root.dataset.theme = chosen[1];
  const system = () => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  const dark = () => (root.dataset.theme || system()) === 'dark';

  on('click', (e) => {
    if (e.target.closest('[data-theme-toggle]')) {
      root.dataset.theme = dark() ? 'light' : 'dark';
      d.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
      say(dark() ? 'Dark theme' : 'Light theme');
    }
    const copy = e.target.closest('[data-copy]');
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => say('Copied'), () => {});
    }
    // Invoker commands for browsers that do not have them yet
    const opener = e.target.closest('button[commandfor]');
    if (opener && !('command' in opener)) {
      const box = d.getElementById(opener.getAttribute('commandfor'));
      if (box) box[opener.getAttribute('command') === 'close' ? 'close' : 'showModal']();
    }
    each('details.menu[open]', (m) => { if (!m.contains(e.target)) m.open = false; });
  });

  on('keydown', (e) => {
    if (e.key !== 'Escape') return;
    each('details.menu[open]', (m) => { m.open = false; m.querySelector('summary').focus(); });
  });

  // Drafts of messages stay until they are sent
  each('textarea[data-keep]', (area) => {
    const key = 'draft:' + area.dataset.keep;
    try {
      if (!area.value) area.value = sessionStorage.getItem(key) || '';
      area.addEventListener('input', () => sessionStorage.setItem(key, area.value));
      if (area.form) area.form.addEventListener('submit', () => sessionStorage.removeItem(key));
    } catch { /* storage refused: nothing to keep */ }
  });

  // A form is sent once: the second press of the same button within a moment does nothing
  on('submit', (e) => {
    if (e.defaultPrevented || e.target.method !== 'post') return;
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    e.target.dataset.sent = '1';
    setTimeout(() => { delete e.target.dataset.sent; }, 4000);
  });

  // <output for> follows its slider
  on('input', (e) => {
    const out = e.target.id && d.querySelector(`output[for="${CSS.escape(e.target.id)}"]`);
    if (out) out.textContent = e.target.value;
  });

  // A page that came back with errors starts at its summary
  const summary = d.querySelector('.error-summary');
  if (summary) summary.focus();

  function say(text) {
    let region = d.getElementById('said');
    if (!region) {
      region = d.createElement('div');
      region.id = 'said';
      region.className = 'vh';
      region.setAttribute('role', 'status');
      d.body.append(region);
    }
    region.textContent = '';
    setTimeout(() => { region.textContent = text; }, 50);
  }
})();
