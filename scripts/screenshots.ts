/**
 * `npm run screenshots`: each view of the console as a picture in out/console, of the demo's students; wide
 * and light, and as on a phone at night. The picture of a round is the README's, too: docs/console.png.
 */
import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { launchBrowser } from "./browser.ts";
import { buildWeb } from "./build-web.ts";
import { fillLive, LIVE_PARAMS } from "./demo/live.ts";
import { startLocalSystem } from "./local/system.ts";

const OUT = "out/console";
const README_PICTURE = "docs/console.png";
const LOOKS = {
  wide: { viewport: { width: 1040, height: 800 }, colorScheme: "light" },
  phone: { viewport: { width: 390, height: 800 }, colorScheme: "dark" },
} as const;
const README_LOOK = { viewport: { width: 980, height: 800 }, colorScheme: "light" } as const;
const C = "#/c/students";
const VIEWS: Record<string, string> = {
  communities: "#/",
  story: `${C}/story`,
  draft: `${C}/round/draft`,
  round: `${C}/round/9`,
  members: `${C}/members`,
  plan: `${C}/plan`,
  settings: `${C}/settings`,
  learning: `${C}/learning`,
  imports: `${C}/imports`,
  notices: `${C}/notices`,
  health: `${C}/health`,
  me: `${C}/me`,
  outbox: `${C}/outbox`,
};

/** Nothing is on its way, and all who move have arrived. */
async function rest(page: Page): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.waitForTimeout(700);
}

/** The demo as it opens, from its picture down to its list. */
async function pictureForReadme(page: Page): Promise<void> {
  await page.goto(`${system.url}/${C}/story`);
  await page.getByText("What if").first().waitFor();
  await rest(page);
  const list = (await page.locator(".beside details").first().boundingBox())!;
  const { y } = (await page.locator(".funnel").boundingBox())!;
  const clip = { x: 0, y, width: README_LOOK.viewport.width, height: list.y - y };
  await page.screenshot({ path: README_PICTURE, fullPage: true, clip });
}

process.env.AWS_LAMBDA_LOG_LEVEL = "WARN";
mkdirSync(OUT, { recursive: true });
await buildWeb();
const system = await startLocalSystem({ params: LIVE_PARAMS });
const browser = await launchBrowser();
try {
  await fillLive(system, () => {});
  const token = await system.token("student-7", "operator");
  for (const [look, options] of Object.entries(LOOKS)) {
    const page = await (await browser.newContext(options)).newPage();
    await page.goto(system.url);
    await rest(page);
    await page.screenshot({ path: `${OUT}/sign-in-${look}.png`, fullPage: true });
    await page.evaluate((text) => sessionStorage.setItem("tertulia.token", text), token);
    await page.reload();
    for (const [name, hash] of Object.entries(VIEWS)) {
      await page.goto(`${system.url}/${hash}`);
      await rest(page);
      await page.screenshot({ path: `${OUT}/${name}-${look}.png`, fullPage: true });
    }
  }
  await pictureForReadme(await (await browser.newContext(README_LOOK)).newPage());
} finally {
  await browser.close();
  await system.stop();
}
console.log(`pictures: ${OUT}/*.png and ${README_PICTURE}`);
