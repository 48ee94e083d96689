// Somebody at a browser of their own, who finds things by the words on the page.
import assert from 'node:assert/strict';
import { browser, watch } from './browser.mjs';
import { PASSWORD } from './roles.mjs';

const PATIENCE = 15_000;

export class Person {
  /** `places` are the addresses of the program and of the sandbox. */
  static async at(places, { name, email, script = true }) {
    const context = await (await browser()).newContext({ javaScriptEnabled: script, reducedMotion: 'reduce' });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    const faults = await watch(page, places.base, places.marketing, places.payments);
    return Object.assign(new Person(), { places, name, email, script, context, page, faults });
  }

  /** A page of the program; it must be there. */
  async opens(path) {
    const address = path.startsWith('http') ? path : `${this.places.base}/p/larkfield${path}`;
    const answer = await this.page.goto(address);
    assert.ok(answer.status() < 400, `${this.name} opens ${path}: ${answer.status()}`);
  }

  /** The path inside the program of the page at hand. */
  here() {
    return new URL(this.page.url()).pathname.replace(/^\/p\/larkfield/, '');
  }

  /** Fills in controls by their labels; a list fills the controls of one label in order. */
  async fills(fields) {
    for (const [label, value] of Object.entries(fields)) {
      const controls = this.main().getByLabel(label, { exact: true }).or(this.main().getByLabel(`${label} (optional)`));
      for (const [at, each] of [value].flat().entries()) {
        const control = controls.nth(at);
        const kind = await control.evaluate((element) => element.localName);
        await (kind === 'select' ? control.selectOption({ label: each }) : control.fill(each));
      }
    }
  }

  /** Ticks a box or chooses one of several, by the words beside it. */
  async ticks(...labels) {
    for (const label of labels) await this.main().getByLabel(label).first().check();
  }

  /** Presses a button, else follows a link of these words, and waits for what comes. */
  async presses(words) {
    const named = { name: words, exact: typeof words === 'string' };
    const button = this.main().getByRole('button', named).first();
    await this.follows(await button.count() ? button : this.main().getByRole('link', named).first());
  }

  /** With script a question is answered in the dialog at hand; without, on a page of its own. */
  async decides({ opens, page, deed }) {
    if (!this.script) {
      if (page) await this.opens(page);
      return this.presses(deed);
    }
    const opener = this.page.getByRole('button', { name: opens }).first();
    await opener.focus();
    await this.page.keyboard.press('Enter');
    const dialog = this.page.getByRole('dialog');
    await dialog.waitFor();
    await this.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await opener.focus();
    await this.page.keyboard.press('Enter');
    await this.follows(dialog.getByRole('button', { name: deed }));
  }

  async follows(control) {
    const moved = this.page.waitForEvent('load', { timeout: PATIENCE });
    await Promise.all([moved, control.click()]).catch((error) => this.tells(`cannot follow ${control}: ${error.message}`));
  }

  /** Is led to a place by the page at hand, by itself. */
  async arrives(place) {
    await this.page.waitForURL((url) => url.href.startsWith(place), { timeout: PATIENCE });
  }

  /** The words are on the page, or come within moments without anybody's doing. */
  async sees(words) {
    const found = this.page.getByText(words).filter({ visible: true }).first();
    await found.waitFor({ timeout: PATIENCE }).catch(() => this.tells(`does not see ${words}`));
  }

  /** Fails with what stands on the page. */
  async tells(what) {
    const text = (await this.page.locator('body').innerText()).slice(0, 3000);
    assert.fail(`${this.name} at ${this.page.url()} ${what}\n${text}`);
  }

  /** The words come when the page is loaded again, as without script. */
  async comesToSee(words) {
    for (let tries = 0; tries < 40; tries += 1) {
      if (await this.page.getByText(words).filter({ visible: true }).count()) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
      await this.page.reload();
    }
    await this.sees(words);
  }

  /** The last mail to this person whose subject fits, as text. */
  async mailed(subject) {
    for (let tries = 0; tries < 60; tries += 1) {
      const mails = await (await fetch(`${this.places.mail}mails.json?to=${encodeURIComponent(this.email)}`)).json();
      const fits = mails.filter((mail) => subject.test(mail.subject)).sort((a, b) => b.id - a.id)[0];
      if (fits) return fits.text;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
    return assert.fail(`${this.email} got no mail ${subject}`);
  }

  /** Signs in by the keyboard alone. */
  async signsIn() {
    await this.opens('/sign-in');
    await this.page.getByLabel('Work mail').focus();
    await this.page.keyboard.type(this.email);
    await this.page.keyboard.press('Tab');
    await this.page.keyboard.type(PASSWORD);
    const moved = this.page.waitForEvent('load');
    await this.page.keyboard.press('Enter');
    await moved;
    assert.notEqual(this.here(), '/sign-in', `${this.email} is not signed in`);
  }

  /** Signs up with an organization, and confirms by the link in the mail. */
  async signsUp({ organization, kind }) {
    await this.opens('/sign-up');
    await this.fills({ 'Your name': this.name, 'Work mail': this.email, Password: PASSWORD });
    await this.ticks(kind);
    await this.fills({ Organization: organization, City: 'Malmö', Country: 'Sweden', 'Time zone': 'Europe/Stockholm' });
    await this.presses('Sign up');
    await this.sees('Look at your mail');
    const [link] = /https?:\S+token=\S+/.exec(await this.mailed(/confirm/i));
    await this.opens(link);
    await this.fills({ 'The password you chose': PASSWORD });
    await this.presses('Confirm and sign in');
    assert.doesNotMatch(this.here(), /sign-/);
  }

  main() {
    return this.page.getByRole('main');
  }

  async leaves() {
    await this.context.close();
    assert.deepEqual(this.faults, [], `what ${this.name}'s browser noted`);
  }
}
