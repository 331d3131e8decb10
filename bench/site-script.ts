// What the site script costs a page, in real Chromium: CPU milliseconds of the main thread (as Chromium's own trace
// counts them, so that a busy machine does not add to them) for compiling and running it at the start, for a marked
// click and for leaving the page; once as it is and once at a quarter of the speed (a cheap phone).
// `node bench/site-script.ts [--json]`.
import type { Browser, Page } from 'playwright-core';
import { z } from 'zod';
import { buildSiteScript, type SiteScript } from '../src/http/site-script/bundle.ts';
import { openChromium } from '../test/support/chromium.ts';

const ROUNDS = 15;
const DOMAIN = '0191f2aa-0000-7000-8000-00000000d0a1';
const SITE = 'http://site.test';
const PAGE = `<!doctype html><title>bench</title><button data-rastro-event="x">x</button><script src="/r.js" data-domain="${DOMAIN}"></script>`;

const traceSchema = z.object({
  traceEvents: z.array(
    z.looseObject({
      name: z.string(),
      tdur: z.number().optional(),
      args: z
        .looseObject({
          data: z.looseObject({ url: z.string().optional(), type: z.string().optional() }).optional(),
        })
        .optional(),
    }),
  ),
});

interface Cost {
  readonly start: number;
  readonly click: number;
  readonly leave: number;
}

async function openPage(browser: Browser, script: SiteScript, slowdown: number): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  await page.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url());
    if (pathname === '/api/collect') return route.fulfill({ status: 202, body: '{}' });
    return pathname === '/r.js'
      ? route.fulfill({ contentType: 'text/javascript', body: script.plain.toString() })
      : route.fulfill({ contentType: 'text/html', body: PAGE });
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  return page;
}

/** One visit with an empty profile: load, click, leave. */
async function measureVisit(browser: Browser, page: Page): Promise<Cost> {
  await browser.startTracing(page, { categories: ['devtools.timeline', 'v8'] });
  await page.goto(SITE);
  await page.click('button');
  await page.goto('about:blank');
  const { traceEvents } = traceSchema.parse(JSON.parse((await browser.stopTracing()).toString()));
  const sum = (
    name: string,
    fits: (data: { url?: string | undefined; type?: string | undefined }) => boolean,
  ) =>
    traceEvents
      .filter((event) => event.name === name && fits(event.args?.data ?? {}))
      .reduce((total, event) => total + (event.tdur ?? 0) / 1000, 0);
  return {
    start: sum('EvaluateScript', ({ url }) => url?.endsWith('/r.js') === true),
    click: sum('EventDispatch', ({ type }) => type === 'click'),
    leave: sum('EventDispatch', ({ type }) => type === 'pagehide'),
  };
}

async function measure(browser: Browser, script: SiteScript, slowdown: number): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const page = await openPage(browser, script, slowdown);
    costs.push(await measureVisit(browser, page));
    await page.context().close();
  }
  return costs;
}

function summarise(name: string, costs: readonly Cost[]): Record<string, string | number> {
  const at = (key: keyof Cost, share: number): number => {
    const sorted = costs.map((cost) => cost[key]).sort((a, b) => a - b);
    return Number((sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(2));
  };
  return {
    name,
    'start ms p50': at('start', 0.5),
    'start ms p90': at('start', 0.9),
    'click ms p50': at('click', 0.5),
    'leave ms p50': at('leave', 0.5),
  };
}

const script = await buildSiteScript();
const browser = await openChromium();
const rows = [
  summarise('site script', await measure(browser, script, 1)),
  summarise('site script, CPU 4 times slower', await measure(browser, script, 4)),
].map((row) => ({ ...row, 'bytes gzip': script.gzip.length, 'bytes brotli': script.brotli.length }));
await browser.close();
if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
else console.table(rows);
