// A person at a browser: headless Chromium without JavaScript, as the pages promise.
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const executablePath = [process.env.LANGO_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find(
  (path) => path && existsSync(path),
);

/** Where pictures of the pages go, for people; nowhere unless it is said. */
const screenshots = process.env.LANGO_SCREENSHOTS;

export async function openBrowser() {
  assert(executablePath, "install Chromium, or set LANGO_CHROMIUM");
  // Tests run as root in containers, where Chromium has no sandbox.
  return chromium.launch({ executablePath, headless: true, args: ["--no-sandbox"] });
}

/** A page whose console must stay empty: a policy that blocks anything says so there. */
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ javaScriptEnabled: false, ...options });
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`${message.text()} ${message.location().url}`));
  return { page, complaints };
}

export async function picture(page, name) {
  if (!screenshots) return;
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true });
}

/** Signs in where that is asked for, and allows or refuses. */
export async function consent(page, url, { user = "Otieno Ouma", tick = [], untick = [], allow = true } = {}) {
  await page.goto(url);
  if (await page.getByRole("heading", { name: "Who are you today?" }).isVisible()) {
    await page.getByRole("button", { name: user }).first().click();
  }
  for (const name of tick) await page.getByRole("checkbox", { name }).check();
  for (const name of untick) await page.getByRole("checkbox", { name }).uncheck();
  await page.getByRole("button", { name: allow ? "Allow" : "Cancel", exact: true }).click();
}
