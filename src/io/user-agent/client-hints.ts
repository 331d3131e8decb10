import type { Device } from '../../domain/device.ts';

type Hints = Readonly<Record<string, string>>;

const MODEL = /^[\w .()+/-]{1,60}$/;

/** The model that Sec-CH-UA-Model tells; null if it tells none. */
export function readHintedModel(hints: Hints): string | null {
  const model = unquote(hints['sec-ch-ua-model']);
  return model !== null && MODEL.test(model) ? model : null;
}

/**
 * Lays what Chromium's hints tell over what the user agent tells: the user agent is reduced (Windows 10, Android 10,
 * macOS 10.15.7, Chrome for Brave), the hints are not.
 */
export function overlayHints(device: Device, hints: Hints): Device {
  const platform = readPlatform(hints);
  if (platform === null) return device;
  const version = unquote(hints['sec-ch-ua-platform-version']);
  const isOtherOs = platform !== device.osName;
  return {
    ...device,
    osName: platform,
    osVersion: readOsVersion(platform, version) ?? (isOtherOs ? null : device.osVersion),
    ...(device.inApp === null ? readBrowser(device, hints) : {}),
    ...readForm(device, platform, hints),
  };
}

const PLATFORMS: Readonly<Record<string, string>> = {
  Android: 'Android',
  Windows: 'Windows',
  macOS: 'macOS',
  Linux: 'Linux',
  'Chrome OS': 'ChromeOS',
  'Chromium OS': 'ChromeOS',
};

function readPlatform(hints: Hints): string | null {
  return PLATFORMS[unquote(hints['sec-ch-ua-platform']) ?? ''] ?? null;
}

/** Windows counts its hint on: 1 to 10 is Windows 10, 13 and more is Windows 11. */
function readOsVersion(platform: string, version: string | null): string | null {
  if (version === null || !/^\d+(?:\.\d+)*$/.test(version)) return null;
  if (platform !== 'Windows') return version.replace(/(?:\.0)+$/, '');
  const major = Number.parseInt(version, 10);
  return major >= 13 ? '11' : major >= 1 ? '10' : null;
}

// The brands that differ from what their user agent says.
const BRANDS: readonly (readonly [brand: string, name: string])[] = [
  ['Microsoft Edge', 'Edge'],
  ['Opera', 'Opera'],
  ['Opera GX', 'Opera'],
  ['Brave', 'Brave'],
  ['Samsung Internet', 'Samsung Internet'],
  ['Vivaldi', 'Vivaldi'],
  ['YaBrowser', 'Yandex'],
  ['DuckDuckGo', 'DuckDuckGo'],
];

function readBrowser(device: Device, hints: Hints): Partial<Device> {
  const brands = readBrands(hints['sec-ch-ua-full-version-list'] ?? hints['sec-ch-ua']);
  const told = BRANDS.find(([brand]) => brands.has(brand));
  if (told === undefined) return {};
  const [brand, name] = told;
  return name === device.browserName ? {} : { browserName: name, browserVersion: brands.get(brand) ?? null };
}

/** The versions of a brand list (`"Chromium";v="139", "Not;A=Brand";v="99"`) by brand. */
export function readBrands(list: string | undefined): ReadonlyMap<string, string> {
  const brands = new Map<string, string>();
  for (const [, brand = '', version = ''] of (list ?? '').matchAll(/"([^"]{1,60})";\s*v="([\d.]{1,20})"/g)) {
    brands.set(brand, version);
  }
  return brands;
}

/** A phone that asks for the desktop's page says X11 in its user agent and Android in its hints. */
function readForm(device: Device, platform: string, hints: Hints): Partial<Device> {
  if (platform !== 'Android' || device.isPc !== true) return {};
  const isMobile = hints['sec-ch-ua-mobile'] === '?1';
  return { deviceType: readHintedModel(hints) ?? 'Android', isMobile, isTablet: !isMobile, isPc: false };
}

function unquote(value: string | undefined): string | null {
  const text = value?.trim().replace(/^"(.*)"$/, '$1') ?? '';
  return text === '' ? null : text;
}
