/**
 * The console of the deployed stack in a browser: an operator signs in at the deployment's issuer, sees a
 * round and the documents, and uploads a file to the bucket.
 */
import { launchBrowser } from "../browser.ts";

const SEEN_WITHIN_MS = 30_000;

/** Fails on what the page logs as an error, too: a refusal by its policy is one. */
export async function browseConsole(url: string, community: string, groupCount: number): Promise<void> {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(SEEN_WITHIN_MS);
    const complaints: string[] = [];
    page.on("pageerror", ({ message }) => complaints.push(message));
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(`${message.text()} ${message.location().url}`);
    });
    await page.goto(`${url}/#/c/${community}/round/1`);
    await page.getByRole("button", { name: /^Sign in at/ }).click();
    await page.getByText("Lines show what").waitFor();
    const groups = await page.locator(".groups li").count();
    if (groups !== groupCount) throw new Error(`The round shows ${groups} groups, and not ${groupCount}`);
    await page.goto(`${url}/#/c/${community}/imports`);
    const file = { name: "members.csv", mimeType: "text/csv", buffer: Buffer.from("userId\nelsa\n") };
    await page.getByLabel("CSV file").setInputFiles(file);
    await page.getByRole("button", { name: "Import", exact: true }).click();
    await page.getByText("The file has arrived.").waitFor();
    await page.goto(`${url}/#/docs`);
    await page.locator("#operations-health-getHealth").waitFor();
    if (complaints.length > 0) throw new Error(`The page complains: ${complaints.join("; ")}`);
  } finally {
    await browser.close();
  }
}
