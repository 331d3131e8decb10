import UAParser from 'ua-parser-js';
import { type Device, UNKNOWN_DEVICE } from '../../domain/device.ts';
import { findInApp, type InAppBrowser } from '../../domain/in-app.ts';
import { overlayHints, readHintedModel } from './client-hints.ts';
import { nameBrowser, nameOs } from './names.ts';

/** What of a request tells the device. */
export interface DeviceEvidence {
  readonly userAgent: string | null;
  /** Client hints and X-Requested-With, by lower-case header name. */
  readonly hints: Readonly<Record<string, string>>;
}

// The longest user agent of an app's browser seen is 482 characters; what is behind can only cost time.
const MAX_LENGTH = 1024;
const REDUCED_MODEL = /(Android [\d.]+; )K\)/;

/** Works out the device. Pure and bounded in time: less than a millisecond whatever the text. */
export function readDevice({ userAgent, hints }: DeviceEvidence): Device {
  const text = userAgent?.slice(0, MAX_LENGTH).trim() ?? '';
  if (text === '') return UNKNOWN_DEVICE;
  const model = readHintedModel(hints);
  // Put where phones used to name it, the model is recognised like any other.
  const whole = model === null ? text : text.replace(REDUCED_MODEL, (_, head: string) => `${head}${model})`);
  const app = findInApp(text, hints['x-requested-with']);
  const parsed = parse(whole);
  const device = { ...parsed, ...readApp(app), ...readTelegramDevice(text) };
  return overlayHints({ ...device, osVersion: readOsVersion(text, device) }, hints);
}

interface Parsed extends Device {
  readonly osName: string | null;
}

function parse(text: string): Parsed {
  const parser = new UAParser(text);
  const browser = parser.getBrowser();
  const os = parser.getOS();
  const kind = parser.getDevice();
  const osName = nameOs(os.name);
  const isPc = kind.type === undefined && osName !== null && DESKTOPS.has(osName);
  return {
    ...nameBrowser({ name: browser.name, version: browser.version, text }),
    osName,
    osVersion: os.version ?? null,
    inApp: null,
    deviceType: isPc ? 'PC' : nameDevice(kind, osName),
    isMobile: kind.type === 'mobile',
    isTablet: kind.type === 'tablet',
    isPc,
  };
}

const DESKTOPS: ReadonlySet<string> = new Set([
  'Windows',
  'macOS',
  'Linux',
  'ChromeOS',
  'FreeBSD',
  'OpenBSD',
]);

function nameDevice(kind: UAParser.IDevice, osName: string | null): string | null {
  const { vendor, model, type } = kind;
  if (model === undefined || (osName === 'Android' && model === 'K')) {
    if (osName === 'Android' && type !== 'smarttv') return vendor ?? 'Android';
    return type === 'smarttv' ? 'TV' : (vendor ?? null);
  }
  if (vendor === undefined || vendor === 'Apple') return model;
  return model.toLowerCase().startsWith(vendor.toLowerCase()) ? model : `${vendor} ${model}`;
}

function readApp(app: InAppBrowser | null): Partial<Device> {
  if (app === null) return {};
  return { inApp: app.app, browserName: app.name, browserVersion: app.version };
}

const TELEGRAM_DEVICE = /Telegram-Android\/[\d.]+ \(((?:[^;()]|\([^;()]*\)){1,60}); Android ([\d.]+)/;
const TABLET_MODEL = /\bSM-[TPX]\d|\bTab(?:let)?\b|\b(?:Mi)?Pad\b/i;

/** Telegram hides model and "Mobile" in the ordinary place, and tells the device behind its own name. */
function readTelegramDevice(text: string): Partial<Device> {
  const [, name, osVersion] = TELEGRAM_DEVICE.exec(text) ?? [];
  if (name === undefined || osVersion === undefined) return {};
  const isTablet = TABLET_MODEL.test(name);
  return { deviceType: name, osName: 'Android', osVersion, isMobile: !isTablet, isTablet, isPc: false };
}

const FROZEN_IOS = /^18\.[67]/;
const SAFARI_VERSION = /Version\/(\d+[\d.]*)/;
const META_IOS = /FBSV\/(\d+[\d.]*)|; iOS (\d+[_\d]*)/;

/** Since iOS 26, Safari's user agent says iOS 18.6 or 18.7 for ever; the truth stands elsewhere in it. */
function readOsVersion(text: string, { osName, osVersion, inApp }: Device): string | null {
  if (osName !== 'iOS' || osVersion === null || !FROZEN_IOS.test(osVersion)) return osVersion;
  const [, facebook, instagram] = (inApp === null ? null : META_IOS.exec(text)) ?? [];
  const told = facebook ?? instagram?.replaceAll('_', '.') ?? SAFARI_VERSION.exec(text)?.[1];
  return told !== undefined && Number.parseInt(told, 10) >= 26 ? told : osVersion;
}
