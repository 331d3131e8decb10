import { buildDecimal, readDecimal } from './money.ts';

/** A PIX BR Code's content: what is written on the QR picture and in the copy-and-paste text. */
export interface BrCode {
  /** `single_use` only for codes of one charge at a PSP. */
  readonly use: 'reusable' | 'single_use';
  /** The receiver's PIX key, in a static code. */
  readonly key: string | null;
  /** What the payer's bank shows with a static code; ASCII. */
  readonly description: string | null;
  /** ISPB of the agent of PIX Saque and Troco. */
  readonly withdrawalAgent: string | null;
  /** Where the charge is read, without `https://`, in a dynamic code. */
  readonly url: string | null;
  /** Where the recurrence is read (PIX Automático), without `https://`. */
  readonly recurrenceUrl: string | null;
  /** Null: the payer types it, or the charge behind `url` says it. */
  readonly amountCents: number | null;
  /** ASCII, 25 characters or fewer. */
  readonly merchantName: string;
  /** ASCII, 15 characters or fewer. */
  readonly merchantCity: string;
  /** Null is written as `***`. */
  readonly txid: string | null;
}

/** A code made, or the field that cannot be written. */
export type BrCodeText =
  | { readonly kind: 'built'; readonly text: string }
  | { readonly kind: 'invalid'; readonly reason: string };

/** A code understood, or why it is none. */
export type BrCodeReading =
  | { readonly kind: 'valid'; readonly code: BrCode }
  | { readonly kind: 'invalid'; readonly reason: string };

const DOMAIN = 'br.gov.bcb.pix';
/** The most that a code can ask for: 13 characters with the dot. */
export const MAX_PIX_CENTS = 999_999_999_999;

const RULES: readonly { readonly field: keyof BrCode; readonly pattern: RegExp; readonly rule: string }[] = [
  { field: 'key', pattern: /^[!-~]{1,77}$/, rule: '1 to 77 ASCII characters without spaces' },
  { field: 'description', pattern: /^[ -~]{1,72}$/, rule: '1 to 72 ASCII characters' },
  { field: 'withdrawalAgent', pattern: /^\d{8}$/, rule: '8 digits' },
  { field: 'url', pattern: /^(?!https?:)[!-~]{1,77}$/, rule: '1 to 77 characters without https://' },
  {
    field: 'recurrenceUrl',
    pattern: /^(?!https?:)[!-~]{1,77}$/,
    rule: '1 to 77 characters without https://',
  },
  { field: 'merchantName', pattern: /^[ -~]{1,25}$/, rule: '1 to 25 ASCII characters' },
  { field: 'merchantCity', pattern: /^[ -~]{1,15}$/, rule: '1 to 15 ASCII characters' },
  { field: 'txid', pattern: /^[A-Za-z0-9]{1,25}$/, rule: '1 to 25 letters and digits' },
];

function findFault(code: BrCode): string | null {
  for (const { field, pattern, rule } of RULES) {
    const value = code[field];
    if (value !== null && !pattern.test(String(value))) return `${field} must be ${rule}`;
  }
  if (code.key !== null && code.url !== null) return 'a code has a key or a url, not both';
  if (code.key === null && code.url === null && code.recurrenceUrl === null)
    return 'a code needs a key or a url';
  if (code.key === null && (code.description ?? code.withdrawalAgent) !== null)
    return 'description and withdrawalAgent belong to a static code';
  if (code.key !== null && code.use === 'single_use') return 'a static code is reusable';
  const cents = code.amountCents;
  if (cents !== null && !(Number.isSafeInteger(cents) && cents > 0 && cents <= MAX_PIX_CENTS))
    return 'amountCents must be a whole number from 1 to 999999999999';
  return null;
}

/**
 * Writes a BR Code. Nothing is cut or changed to make it fit: a field that breaks its rule is an answer, because a
 * code that a bank refuses is found out only by the person who wants to pay.
 */
export function buildBrCode(code: BrCode): BrCodeText {
  const fault = findFault(code);
  if (fault) return { kind: 'invalid', reason: fault };
  const account = joinFields([
    ['00', DOMAIN],
    ['01', code.key],
    ['02', code.description],
    ['03', code.withdrawalAgent],
    ['25', code.url],
  ]);
  if (account.length > 99) {
    return {
      kind: 'invalid',
      reason: `key and description are ${account.length - 99} characters too long together`,
    };
  }
  const recurrence = joinFields([
    ['00', DOMAIN],
    ['25', code.recurrenceUrl],
  ]);
  const text = joinFields([
    ['00', '01'],
    ['01', code.use === 'single_use' ? '12' : null],
    ['26', account],
    ['52', '0000'],
    ['53', '986'],
    ['54', code.amountCents === null ? null : buildDecimal(code.amountCents)],
    ['58', 'BR'],
    ['59', code.merchantName],
    ['60', code.merchantCity],
    ['62', joinFields([['05', code.txid ?? '***']])],
    ['80', code.recurrenceUrl === null ? null : recurrence],
  ]);
  return { kind: 'built', text: `${text}6304${buildCrc(`${text}6304`)}` };
}

function joinFields(fields: readonly (readonly [id: string, value: string | null])[]): string {
  return fields
    .map(([id, value]) => (value === null ? '' : `${id}${String(value.length).padStart(2, '0')}${value}`))
    .join('');
}

/** CRC-16/CCITT-FALSE of the text's UTF-8 bytes, as four upper-case hex digits. */
export function buildCrc(text: string): string {
  let crc = 0xffff;
  for (const byte of Buffer.from(text, 'utf8')) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
    }
  }
  return crc.toString(16).toUpperCase().padStart(4, '0');
}

/** Understands a BR Code; anything that a bank would refuse (CRC, lengths, order, currency) is refused here. */
export function readBrCode(text: string): BrCodeReading {
  if (text.length > 512) return invalid('longer than 512 characters');
  const crc = text.slice(-4);
  if (text.slice(-8, -4) !== '6304') return invalid('it does not end with a CRC');
  if (crc !== buildCrc(text.slice(0, -4))) return invalid('the CRC is wrong');
  const fields = readFields(text);
  if (!fields) return invalid('a length is wrong');
  const [first] = fields.keys();
  if (first !== '00' || fields.get('00') !== '01') return invalid('it does not start with 000201');
  if (fields.get('53') !== '986' || fields.get('58') !== 'BR') return invalid('it is not in BRL');
  return readParts(fields);
}

function readParts(fields: ReadonlyMap<string, string>): BrCodeReading {
  const account = readTemplate(fields.get('26'));
  if (!account) return invalid('it is not a PIX code');
  const recurrence = fields.has('80') ? readTemplate(fields.get('80')) : null;
  const amount = fields.get('54');
  const cents = amount === undefined ? null : readDecimal(amount);
  if (amount !== undefined && !cents) return invalid('the amount is not one');
  const txid = readFields(fields.get('62') ?? '')?.get('05');
  if (txid === undefined) return invalid('the txid is missing');
  const code: BrCode = {
    use: fields.get('01') === '12' ? 'single_use' : 'reusable',
    key: account.get('01') ?? null,
    description: account.get('02') ?? null,
    withdrawalAgent: account.get('03') ?? null,
    url: account.get('25') ?? null,
    recurrenceUrl: recurrence?.get('25') ?? null,
    amountCents: cents,
    merchantName: fields.get('59') ?? '',
    merchantCity: fields.get('60') ?? '',
    txid: txid === '***' ? null : txid,
  };
  const fault = findFault(code);
  return fault ? invalid(fault) : { kind: 'valid', code };
}

function readTemplate(text: string | undefined): ReadonlyMap<string, string> | null {
  const fields = text === undefined ? null : readFields(text);
  return fields?.get('00')?.toLowerCase() === DOMAIN ? fields : null;
}

/** Ids with values in their order; null for a length that does not fit or an id that comes twice. */
function readFields(text: string): ReadonlyMap<string, string> | null {
  const fields = new Map<string, string>();
  for (let at = 0; at < text.length; ) {
    const head = text.slice(at, at + 4);
    if (!/^\d{4}$/.test(head)) return null;
    const id = head.slice(0, 2);
    const end = at + 4 + Number(head.slice(2));
    if (end > text.length || fields.has(id)) return null;
    fields.set(id, text.slice(at + 4, end));
    at = end;
  }
  return fields;
}

const invalid = (reason: string): BrCodeReading => ({ kind: 'invalid', reason });
