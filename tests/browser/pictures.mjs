// Pictures of pages for a person to judge: node pictures.mjs FOLDER BASE EMAIL|- PATH...
import { LOOKS, browser, close, signIn } from './lib/browser.mjs';

const [folder, base, email, ...paths] = process.argv.slice(2);
for (const look of LOOKS) {
  const context = await (await browser()).newContext(look);
  const page = await context.newPage();
  if (email !== '-') await signIn(page, base, email);
  for (const path of paths) {
    const answer = await page.goto(`${base}/p/larkfield${path}`);
    const name = `${path.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '') || 'home'}-${look.name}.png`;
    await page.screenshot({ path: `${folder}/${name}`, fullPage: true });
    console.log(answer.status(), name);
  }
  await context.close();
}
await close();
