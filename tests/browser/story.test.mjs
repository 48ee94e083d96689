// The whole story by pages, in real browsers: a customer, a consultant and the program, from brief
// to payout; once with script and the keyboard, once without any script.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close } from './lib/browser.mjs';
import { Person } from './lib/person.mjs';
import { end, program } from './lib/program.mjs';
import { PASSWORD, ROLES } from './lib/roles.mjs';

/** Makes names of this run unlike those of another on the same data. */
const RUN = process.env.ATTACHE_DATA ? Date.now().toString(36) : '';
/** Owners of sample accounts of the marketing application that no customer of the demo has. */
const OWNERS = { script: 'bram@harbourline.example', plain: 'ingrid@nordlys.example' };

before(program, { timeout: 360_000 });
after(async () => {
  await close();
  await end();
});

for (const script of [true, false]) {
  test(`from brief to payout, script ${script ? 'on' : 'off'}`, { timeout: 240_000 }, async (t) => {
    const tale = await Tale.begin(await program(), script);
    for (const chapter of CHAPTERS) {
      let held = false;
      await t.test(chapter, async () => {
        await tale[chapter]();
        held = true;
      });
      if (!held) break;
    }
    await tale.close();
  });
}

const CHAPTERS = [
  'an organization joins', 'a service is offered', 'payouts are set up', 'a brief finds an expert',
  'a proposal is sent', 'a proposal is accepted', 'both sides sign', 'a milestone is paid',
  'an account is connected', 'access is granted', 'work goes through the gateway',
  'a delivery is returned, then accepted', 'the second milestone ends the work', 'everybody reads a statement',
  'access has ended', 'both sides review',
];

class Tale {
  static async begin(places, script) {
    const tag = `${script ? 'js' : 'plain'}${RUN}`;
    const first = `${script ? 'Tove' : 'Tuva'}${RUN}`;
    const person = (name, email) => Person.at(places, { name, email, script });
    return Object.assign(new Tale(), {
      places, script, tag, first,
      customer: await person('Alva Stormdotter', `alva-${tag}@storm.example`),
      consultant: await person(`${first} Quist`, `tove-${tag}@quist.example`),
      manager: await person('Samir Haddad', ROLES['program manager']),
      finance: await person('Priscila Okonjo-Lund', ROLES.finance),
    });
  }

  async close() {
    for (const person of [this.customer, this.consultant, this.manager, this.finance]) await person.leaves();
  }

  async 'an organization joins'() {
    const { consultant, manager, tag } = this;
    await consultant.signsUp({ organization: `Quist ${tag}`, kind: 'We are consultants' });
    await consultant.opens('/program/apply');
    await consultant.ticks('Lead scoring');
    await consultant.fills({
      Name: ['Karin Aas'], Organization: ['Moor & Hald Lodges'], Mail: ['karin@moorhald.example'],
      'What they say of you': ['Clear and on time.'],
    });
    await consultant.main().getByRole('group', { name: 'Acceptance' }).getByRole('checkbox').check();
    await consultant.presses('Send the application');
    await manager.signsIn();
    await manager.opens('/program/applications');
    await manager.presses(`Quist ${tag}`);
    await manager.presses('Admit');
    await consultant.mailed(/admitted to the program/);
  }

  async 'a service is offered'() {
    const { consultant } = this;
    await consultant.opens('/profile');
    await consultant.fills({
      Headline: 'Keeps dealer leads warm', 'What you do, and for whom': 'Nurtures for houses with many dealers.',
      'Languages you work in': 'English, Swedish', 'Time zone': 'Europe/Stockholm',
      'Your working day begins': '09:00', 'It ends': '17:00',
    });
    await consultant.ticks('Lead scoring', 'I take clients');
    await consultant.main().getByRole('group', { name: 'Industries you know' }).getByRole('checkbox').first().check();
    await consultant.presses('Save');
    await consultant.presses('Publish');
    await consultant.opens('/services/new');
    await consultant.fills({
      Title: ['Dealer lead flow', 'Map of leads', 'Nine mails'],
      Category: 'Marketing and sales alignment', 'What the customer has afterwards': 'Every lead is called within a day.',
      Included: 'Routing', 'Not included': 'Contracts', 'Needed before you begin': 'A list of dealers',
      'What is delivered': ['A map of all leads.', 'Nine mails as drafts.'],
      Price: ['1,200', '2,400'], 'Days, from funding to submission': ['7', '10'],
    });
    await consultant.ticks('Author drafts');
    await consultant.presses('Save');
    await consultant.presses('Offer it');
  }

  async 'payouts are set up'() {
    const { consultant } = this;
    await consultant.opens('/payouts');
    await consultant.presses(/^Begin/);
    await consultant.arrives(this.places.payments);
    await consultant.fills({ 'Legal name': consultant.name, 'Bank account, last four digits': '4242' });
    const country = consultant.main().getByLabel('Country');
    if (await country.count()) await country.selectOption({ label: 'Sweden' });
    await consultant.presses('Save and continue');
    await consultant.arrives(this.places.base);
    await consultant.comesToSee('Shares are sent as soon as work is accepted.');
  }

  async 'a brief finds an expert'() {
    const { customer, tag } = this;
    await customer.signsUp({ organization: `Storm ${tag}`, kind: /look for an expert/ });
    await customer.opens('/briefs/new');
    await customer.fills({
      'In a few words': 'Dealer leads go cold', 'What is wrong, or wanted': 'Forty dealers call too late.',
      'Budget, at most': '5,000', Day: '12', Month: '5', Year: String(new Date().getFullYear() + 1), Languages: 'English',
      'Where you are': 'Europe/Stockholm',
    });
    await customer.ticks('Lead scoring');
    await customer.presses('Save draft');
    this.brief = customer.here();
    await customer.presses('Post it');
    await customer.opens(`${this.brief}/matches`);
    await this.checksTheSums();
    await customer.presses(`Invite ${this.first} to propose`);
    await customer.fills({ [`A word to ${this.first}`]: 'Your dealer work is close to ours.' });
    await customer.presses('Send the invitation');
  }

  /** The parts of every match add up to its score, and one line says what to watch out for. */
  async checksTheSums() {
    const { customer } = this;
    const all = customer.main().getByRole('link', { name: /^Show all/ });
    if (await all.count()) await customer.follows(all);
    const sums = await customer.main().locator('table:has(tfoot)').evaluateAll((tables) => tables.map((table) => {
      const points = (row) => Number(/[\d.]+/.exec(row.querySelector('td:last-child').textContent)[0]);
      return [[...table.tBodies[0].rows].map(points), points(table.tFoot.rows[0])];
    }));
    assert.ok(sums.length > 0, 'matches are explained');
    for (const [parts, total] of sums) {
      const sum = parts.reduce((left, right) => left + right, 0);
      assert.ok(Math.abs(sum - total) < 0.001, `${parts.join(' + ')} is not ${total}`);
    }
    await customer.sees(this.consultant.name);
    await customer.sees('Watch out.');
  }

  async 'a proposal is sent'() {
    const { consultant, tag } = this;
    await consultant.mailed(/invites you to propose/);
    await consultant.opens('/invitations');
    await consultant.presses('Dealer leads go cold');
    await consultant.presses('Write a proposal');
    await consultant.presses(/^Dealer lead flow/);
    await consultant.fills({ [`To Storm ${tag}`]: 'First the map, then the drafts.' });
    await consultant.presses('Look at it');
    await consultant.presses(`Send it to Storm ${tag}`);
  }

  async 'a proposal is accepted'() {
    const { customer } = this;
    await customer.opens(`${this.brief}/proposals`);
    await customer.follows(customer.main().getByRole('link', { name: this.consultant.name }).first());
    await customer.decides({ opens: /^Accept, /, page: `${customer.here()}/accept`, deed: /^Accept/ });
    const opened = /\/engagements\/[0-9a-f-]{36}/.exec(customer.here());
    assert.ok(opened, `after accepting: ${customer.here()}`);
    [this.engagement] = opened;
  }

  async 'both sides sign'() {
    const { customer, consultant } = this;
    for (const side of [customer, consultant]) {
      await side.opens(`${this.engagement}/sow`);
      const page = await side.main().getByRole('link', { name: 'Accept this text' }).first().getAttribute('href');
      await side.decides({ opens: 'Accept this text', page: page.replace(/^\/p\/larkfield/, ''), deed: /^Accept/ });
    }
    await consultant.opens(this.engagement);
    const links = await consultant.main().locator('a[href*="/milestones/"]').evaluateAll((all) => all.map((a) => a.pathname));
    const paths = links.map((path) => /\/milestones\/[0-9a-f-]{36}/.exec(path)[0]);
    this.milestones = [...new Set(paths)];
    assert.equal(this.milestones.length, 2, 'two milestones');
  }

  async 'a milestone is paid'() {
    await this.pays(this.milestones[0]);
  }

  async pays(milestone) {
    const { customer, consultant } = this;
    await consultant.opens(this.engagement);
    await customer.opens(`${milestone}/fund`);
    await customer.presses(/^Pay /);
    await customer.arrives(this.places.payments);
    await customer.fills({ 'Card number': '4242 4242 4242 4242' });
    await customer.presses(/^Pay /);
    await customer.arrives(this.places.base);
    await this.becomes(customer, 'The work can begin');
    await this.becomes(consultant, /Deliver milestone/);
  }

  /** With script the open page changes by itself. */
  becomes(person, words) {
    return this.script ? person.sees(words) : person.comesToSee(words);
  }

  async 'an account is connected'() {
    const { customer } = this;
    await customer.opens('/connections');
    await customer.presses('Connect Larkfield');
    await customer.arrives(this.places.marketing);
    await customer.page.getByLabel('E-mail').fill(OWNERS[this.script ? 'script' : 'plain']);
    await customer.page.getByLabel('Password').fill(PASSWORD);
    await customer.presses('Sign in');
    await customer.presses('Allow');
    await customer.arrives(this.places.base);
    await customer.sees(/connected/i);
  }

  async 'access is granted'() {
    const { customer, consultant } = this;
    await customer.opens(`${this.engagement}/access`);
    await customer.ticks('Author drafts');
    if (!this.script) await customer.presses('Show what this allows');
    await customer.sees(`${this.first} cannot`);
    await customer.fills({ 'Your password': PASSWORD });
    await customer.presses('Grant access');
    await customer.opens(this.engagement);
    const letter = await customer.main().locator('a[href*="/grants/"]').first().getAttribute('href');
    [this.grant] = /\/grants\/[0-9a-f-]{36}/.exec(letter);
    await consultant.opens(this.grant);
    await consultant.fills({ 'What it is for': 'laptop' });
    await consultant.presses('Make the key');
    this.key = (await consultant.main().getByRole('region', { name: 'The key', exact: true }).innerText()).trim();
    assert.ok(this.key.length > 20, 'a key is shown');
    await consultant.opens(this.grant);
    const again = await consultant.page.content();
    assert.ok(!again.includes(this.key), 'the key is shown this once');
  }

  /** A call of a program that holds the key. */
  async call(method, path, body) {
    const id = this.grant.split('/').at(-1);
    return fetch(`${this.places.base}/gw/${id}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
  }

  async 'work goes through the gateway'() {
    const list = await this.call('GET', '/campaigns');
    assert.equal(list.status, 200, await list.text());
    const lists = await (await this.call('GET', '/lists')).json();
    const [first] = Object.values(lists).find(Array.isArray);
    const made = await this.call('POST', '/campaigns', {
      name: 'Spring', subject: 'No road in April', from_name: 'Storm', from_email: 'desk@storm.example',
      list_id: first.id, body: 'Hald has no road in April.',
    });
    const draft = await made.json();
    assert.equal(made.status, 201, JSON.stringify(draft));
    const sent = await this.call('POST', `/campaigns/${draft.id}/send`, {});
    assert.equal(sent.status, 403);
    const { customer } = this;
    await customer.opens('/access/log');
    await customer.sees('Refused');
    await customer.sees(this.consultant.name);
  }

  async delivers(milestone, text, file) {
    const { consultant } = this;
    await consultant.opens(milestone);
    await consultant.fills({ 'What you hand over': text });
    if (file) {
      const chosen = { name: file, mimeType: 'text/plain', buffer: Buffer.from('Five leaks.\n') };
      await consultant.main().getByLabel(/^File/).setInputFiles(chosen);
    }
    await consultant.presses('Deliver');
  }

  async accepts(milestone) {
    const { customer } = this;
    await customer.opens(milestone);
    await customer.decides({ opens: /^Accept/, page: `${milestone}/accept`, deed: /^(Release|Accept)/ });
    await customer.sees(/released|accepted/i);
  }

  async 'a delivery is returned, then accepted'() {
    const { customer, milestones: [first] } = this;
    await this.delivers(first, 'The map of leads with its five leaks.', 'lead-map.txt');
    await customer.opens(first);
    await customer.sees('lead-map.txt');
    await customer.fills({ 'What should change': 'Say that Hald has no road in April.' });
    await customer.presses('Return it');
    await this.delivers(first, 'It says so now, in its first line.');
    await this.accepts(first);
  }

  async 'the second milestone ends the work'() {
    const { customer, milestones: [, second] } = this;
    await this.pays(second);
    await this.delivers(second, 'All nine mails are drafts.');
    await this.accepts(second);
    await customer.opens(this.engagement);
    await customer.sees(/completed/i);
  }

  async 'everybody reads a statement'() {
    await this.finance.signsIn();
    for (const person of [this.customer, this.consultant, this.finance]) {
      await person.opens('/statements');
      await person.comesToSee(/1,200\.00|960\.00|\$/);
    }
    await this.consultant.opens('/earnings');
  }

  async 'access has ended'() {
    const { customer } = this;
    const refused = await this.call('GET', '/campaigns');
    assert.equal(refused.status, 403);
    assert.equal((await refused.json()).code, 'grant-ended');
    await customer.opens(`${this.engagement}/end`);
    if (this.script) {
      await customer.decides({ opens: /^Disconnect/, deed: /^Disconnect/ });
    } else {
      await customer.opens('/connections');
      await customer.presses(/^Disconnect/);
      await customer.presses('Disconnect now');
    }
    await customer.opens('/connections');
    await customer.comesToSee('Ended on both sides');
  }

  async 'both sides review'() {
    const { customer, consultant } = this;
    for (const side of [customer, consultant]) {
      await side.opens(`${this.engagement}/reviews`);
      for (const group of await side.main().getByRole('group').all()) {
        const five = group.getByRole('radio', { name: /^5/ });
        if (await five.count()) await five.first().check({ force: true });
      }
      await side.fills({ 'What others should know': 'As agreed, and a day early.' });
      await side.presses('Write it');
    }
    await customer.opens(`${this.engagement}/reviews`);
    assert.equal(await customer.page.getByText('As agreed, and a day early.').count(), 2, 'both are published');
  }
}
