import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildEdgePool } from '../../../test/fixtures/edge-pool.ts';
import type { EdgePool } from '../../settings/types.ts';
import { buildColorStyle } from './bridge-colors.ts';
import type { BridgeView } from './bridge-page.ts';
import { Pages } from './pages.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const VALUES = { username: 'sample_shop_bot', token: TOKEN, at: '1795329597856', known: '1', botId: 'b1' };
const ASK = { consentMode: 'ask' } as const;

function render(changes: Partial<BridgeView> = {}) {
  const view: BridgeView = {
    pool: buildEdgePool(),
    language: 'pt',
    kind: 'click',
    consent: 'granted',
    ...changes,
  };
  return new Pages().bridge(view, VALUES);
}

/** The markup without what is text: every element with its attributes' names, so that two pages can be compared. */
function skeleton(html: string): string {
  const tags = html.match(/<(?:!--|\/?[a-zA-Z!])(?:"[^"]*"|[^">])*>/g) ?? [];
  return tags.map((tag) => tag.replace(/"[^"]*"/g, '""')).join('\n');
}

describe('bridge page', () => {
  test('holds the pixel with the event id of the click, and the two ways to Telegram', () => {
    const { html } = render();
    expect(html).toContain("fbq('init','1234567890123456');");
    expect(html).toContain(`fbq('track','PageView',{},{eventID:'evt_${TOKEN}'});`);
    expect(html).toContain(`href="https://t.me/sample_shop_bot?start=${TOKEN}"`);
    expect(html).toContain(`href="tg://resolve?domain=sample_shop_bot&amp;start=${TOKEN}"`);
    expect(html).toContain('<html lang="pt-BR">');
  });

  test('is never larger than 14 KB, with everything switched on', () => {
    const pool = buildEdgePool({
      ...ASK,
      isDemo: true,
      utmifyPixelId: '68cf15af9f0c65479135177e',
      page: {
        pt: { title: 'á'.repeat(80), text: 'ç'.repeat(300), button: 'ã'.repeat(40) },
        colors: { background: '#101010', text: '#fafafa', accent: '#ff0066' },
        imageUrl: `https://images.example/${'a'.repeat(200)}`,
      },
    });
    const { html, bytes } = render({ pool, consent: 'pending' });
    expect(bytes).toBe(Buffer.byteLength(html));
    expect(bytes).toBeLessThan(14_000);
  });

  test('is ASCII where its texts are short, and its accents stay what they were', () => {
    const texts = { title: 'Promoção só hoje 🚀', text: 'Até amanhã, às 9', button: 'Começar' };
    const { html, bytes } = render({ pool: buildEdgePool({ page: { pt: texts } }) });
    expect(html.length).toBe(bytes);
    expect(html).toContain('<h1>Promo&#231;&#227;o s&#243; hoje &#128640;</h1>');
    const long = render({ pool: buildEdgePool({ page: { pt: { ...texts, text: 'ç'.repeat(300) } } }) });
    expect(long.html).toContain(`<p class="lead">${'ç'.repeat(300)}</p>`);
    expect(long.bytes).toBe(Buffer.byteLength(long.html));
  });

  test.each(['crawler', 'ahead'] as const)('the %s page has no token, no event id and no pixel', (kind) => {
    const { html, policy } = render({ kind, pool: buildEdgePool({ ...ASK }), consent: 'pending' });
    expect(html).not.toContain(TOKEN);
    expect(html).not.toContain('evt_');
    expect(html).not.toContain('fbq');
    expect(html).toContain('href="https://t.me/sample_shop_bot"');
    expect(policy).not.toContain('facebook');
  });

  test('what a crawler sees is what a person sees', () => {
    const visible = (html: string) =>
      html
        .replace(/<(script|style)[^>]*>[\s\S]*?<\/\1>\n?/g, '')
        .replaceAll(`?start=${TOKEN}`, '')
        .replaceAll(`&amp;start=${TOKEN}`, '');
    expect(visible(render({ kind: 'crawler' }).html)).toBe(visible(render().html));
  });

  test.each([
    ['assumed, granted', { defaultConsent: 'granted' }, 'granted', { pixel: 'now', builder: true }],
    ['assumed, denied', { defaultConsent: 'denied' }, 'denied', { pixel: 'none', builder: false }],
    [
      'assumed, denied, builder always',
      { defaultConsent: 'denied', parameterBuilder: 'always' },
      'denied',
      { pixel: 'none', builder: true },
    ],
    ['builder never', { parameterBuilder: 'never' }, 'granted', { pixel: 'now', builder: false }],
    ['asked', ASK, 'pending', { pixel: 'choice', builder: true }],
    ['asked, browser says no', ASK, 'denied', { pixel: 'choice', builder: true }],
  ] as const)('%s', (_name, changes: Partial<EdgePool>, consent, expected) => {
    const { html } = render({ pool: buildEdgePool(changes), consent });
    expect(html.includes('/vendor/meta-param-builder/')).toBe(expected.builder);
    expect(html.includes("fbq('init'")).toBe(expected.pixel !== 'none');
    expect(/^pixels\(\);/m.test(html)).toBe(expected.pixel === 'now');
    expect(html.includes('<form id="choice"')).toBe(expected.pixel === 'choice');
  });

  test('the question is open until answered, and folded where the browser has said no', () => {
    const pool = buildEdgePool(ASK);
    expect(render({ pool, consent: 'pending' }).html).toContain('<details open>');
    expect(render({ pool, consent: 'denied' }).html).toContain('<details>');
  });

  test('the policy lets in only nonced scripts, and a new nonce comes with each answer', () => {
    const pages = new Pages();
    const view: BridgeView = { pool: buildEdgePool(), language: 'en', kind: 'click', consent: 'granted' };
    const [one, other] = [pages.bridge(view, VALUES), pages.bridge(view, VALUES)];
    const nonce = /'nonce-(\w{32})'/.exec(one.policy)?.[1] ?? '';
    expect(other.policy).not.toContain(nonce);
    expect(one.policy).toContain("default-src 'none'");
    expect(one.policy).not.toMatch(/unsafe|\*(?!\.utmify)/);
    expect(one.html.match(/<(script|style)\b/g)?.length).toBe(
      one.html.match(new RegExp(`<(script|style) nonce="${nonce}"`, 'g'))?.length,
    );
    expect(one.html).not.toMatch(/\son\w+=|\sstyle=|javascript:/);
  });

  test('no text, colour, picture, pixel id or name of a pool breaks out of its place', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '</style><script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "';alert(1)//",
        '\x007\0',
      ),
    );
    const plain = buildEdgePool({ page: { imageUrl: 'https://images.example/a' } });
    const expected = skeleton(render({ pool: plain }).html);
    fc.assert(
      fc.property(text, (evil) => {
        const pool = buildEdgePool({
          page: {
            pt: { title: `t${evil}`, text: `x${evil}`, button: `b${evil}` },
            colors: { background: evil, text: evil, accent: evil },
            imageUrl: `https://images.example/${evil}`,
          },
          meta: { ...(plain.meta as NonNullable<EdgePool['meta']>), pixelId: `1${evil}` },
        });
        const { html, policy } = render({ pool });
        expect(skeleton(html).replace(/fbq[^\n]*/g, '')).toBe(expected.replace(/fbq[^\n]*/g, ''));
        expect(policy).not.toMatch(/[^\x20-\x7e]/);
      }),
    );
  });

  test('a picture has to be https, and its host joins the policy', () => {
    const pool = (imageUrl: string) => buildEdgePool({ page: { imageUrl } });
    const good = render({ pool: pool('https://cdn.example/a"b;c.png') });
    expect(good.html).toContain('<img class="pic" src="https://cdn.example/a%22b;c.png"');
    expect(good.policy).toContain("img-src 'self' https://cdn.example https://www.facebook.com;");
    for (const url of ['http://cdn.example/a.png', 'javascript:alert(1)', 'data:image/png;base64,AA', 'x'])
      expect(render({ pool: pool(url) }).html).not.toContain('<img');
  });
});

describe('colours', () => {
  test.each([
    [undefined, ''],
    [{}, ''],
    [{ accent: 'red' }, ''],
    [{ accent: '#fff}body{display:none' }, ''],
    [{ accent: '#FFCC00' }, ':root{--accent:#ffcc00;--on-accent:#16181d;--glow:rgba(255,204,0,.18)}'],
    [{ accent: '#1769e0' }, ':root{--accent:#1769e0;--on-accent:#ffffff;--glow:rgba(23,105,224,.18)}'],
  ])('%j', (colors, expected) => {
    expect(buildColorStyle(colors)).toBe(expected);
  });

  test('a dark ground turns the text light', () => {
    expect(buildColorStyle({ background: '#101820' })).toContain('color-scheme:dark;--ground:#101820');
    expect(buildColorStyle({ background: '#101820' })).toContain('--ink:#ffffff');
  });
});
