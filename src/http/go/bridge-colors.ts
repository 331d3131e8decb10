import type { PageColors } from '../../settings/types.ts';

type Rgb = readonly [number, number, number];

const HEX = /^#[0-9a-f]{6}$/i;
const INK: Rgb = [22, 24, 29];
const PAPER: Rgb = [255, 255, 255];

/**
 * A pool's colours as custom properties over the page's own, in both colour schemes; the shades between are mixed
 * here, because older in-app browsers know no `color-mix`. Empty where the pool sets none; what is not `#rrggbb`
 * counts as not set.
 */
export function buildColorStyle(colors: PageColors | undefined): string {
  const ground = readColor(colors?.background);
  const accent = readColor(colors?.accent);
  const ink = readColor(colors?.text) ?? (ground && readableOn(ground));
  const rules = [...groundRules(ground, ink), ...accentRules(accent)];
  return rules.length === 0 ? '' : `:root{${rules.join(';')}}`;
}

function groundRules(ground: Rgb | null, ink: Rgb | null): string[] {
  if (ground === null) return ink === null ? [] : [`--ink:${hexOf(ink)}`];
  const text = ink ?? readableOn(ground);
  return [
    `color-scheme:${isDark(ground) ? 'dark' : 'light'}`,
    `--ground:${hexOf(ground)}`,
    `--card:${hexOf(mix(ground, isDark(ground) ? text : PAPER, isDark(ground) ? 0.06 : 0.6))}`,
    `--ink:${hexOf(text)}`,
    `--soft:${hexOf(mix(text, ground, 0.28))}`,
    `--line:${hexOf(mix(ground, text, 0.16))}`,
  ];
}

function accentRules(accent: Rgb | null): string[] {
  if (accent === null) return [];
  const glow = `--glow:rgba(${accent.join(',')},.18)`;
  return [`--accent:${hexOf(accent)}`, `--on-accent:${hexOf(readableOn(accent))}`, glow];
}

function readColor(value: string | undefined): Rgb | null {
  if (value === undefined || !HEX.test(value)) return null;
  const number = Number.parseInt(value.slice(1), 16);
  return [number >> 16, (number >> 8) & 255, number & 255];
}

const hexOf = (color: Rgb): string =>
  `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`;

const mix = (from: Rgb, to: Rgb, share: number): Rgb => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** Black or white text, whichever has the better WCAG contrast on a colour. */
const readableOn = (color: Rgb): Rgb => (contrast(color, PAPER) >= contrast(color, INK) ? PAPER : INK);

const isDark = (color: Rgb): boolean => readableOn(color) === PAPER;

function contrast(one: Rgb, other: Rgb): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance as WCAG 2.2 defines it. */
function luminance(color: Rgb): number {
  const [red = 0, green = 0, blue = 0] = color.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
