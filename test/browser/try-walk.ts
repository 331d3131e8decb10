import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

/** Where the pictures of the walk are put, for a person to look at. */
export const PICTURES = join(tmpdir(), 'rastro-screenshots');

/** A browser of a newcomer, and everything in it that went wrong. */
export interface Newcomer {
  readonly context: BrowserContext;
  readonly complaints: string[];
  /** Opens a page in a new tab. */
  open(path: string): Promise<Page>;
  /** The tab that a click opens. */
  follow(page: Page, selector: string): Promise<Page>;
  picture(page: Page, name: string): Promise<void>;
}

/** Opens a browser for one newcomer; errors on the console, broken policies and failed requests become complaints. */
export async function openNewcomer(
  browser: Browser,
  options: BrowserContextOptions & { readonly baseURL: string; readonly name: string },
): Promise<Newcomer> {
  const { name, ...contextOptions } = options;
  const context = await browser.newContext(contextOptions);
  const complaints: string[] = [];
  context.on('console', (message) => {
    if (message.type() === 'error' || /Content Security Policy/i.test(message.text()))
      complaints.push(message.text());
  });
  context.on('weberror', (error) => complaints.push(error.error().message));
  context.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  context.on('request', (request) => {
    if (!request.url().startsWith(options.baseURL) && !request.url().startsWith('data:')) {
      complaints.push(`left this machine: ${request.url()}`);
    }
  });
  mkdirSync(PICTURES, { recursive: true });
  return {
    context,
    complaints,
    open: async (path) => {
      const page = await context.newPage();
      await page.goto(path);
      return page;
    },
    follow: async (page, selector) => {
      const [opened] = await Promise.all([context.waitForEvent('page'), page.click(selector)]);
      await opened.waitForLoadState();
      return opened;
    },
    picture: async (page, title) => {
      await page.screenshot({ path: join(PICTURES, `${name}-${title}.png`), fullPage: true });
    },
  };
}

/** What the page of Meta's events says of one event id. */
export interface SeenEvent {
  readonly eventId: string;
  readonly name: string;
  /** Event ids as the browser and the server sent them; empty where a side sent none. */
  readonly browserIds: readonly string[];
  readonly serverIds: readonly string[];
  readonly fbc: readonly string[];
  readonly fbp: readonly string[];
  readonly words: string;
}

/** Reads the events that the simulated Meta has received, from the raw content that the page shows. */
export async function readSeenEvents(page: Page): Promise<SeenEvent[]> {
  const sections = await page.locator('section[data-event]').all();
  return Promise.all(
    sections.map(async (section) => {
      const raw = await section.locator('pre').allTextContents();
      const events = raw.map((text) => JSON.parse(text) as Record<string, unknown>);
      const isBrowser = (event: Record<string, unknown>) => 'eid' in event;
      const userOf = (event: Record<string, unknown>) =>
        (event.user_data ?? event) as Record<string, string | undefined>;
      return {
        eventId: (await section.getAttribute('data-event')) ?? '',
        name: ((await section.locator('h2').textContent()) ?? '').split(' ')[0] ?? '',
        browserIds: events.filter(isBrowser).map((event) => String(event.eid)),
        serverIds: events.filter((event) => !isBrowser(event)).map((event) => String(event.event_id)),
        fbc: events.map((event) => userOf(event).fbc ?? ''),
        fbp: events.map((event) => userOf(event).fbp ?? ''),
        words: (await section.textContent()) ?? '',
      };
    }),
  );
}
