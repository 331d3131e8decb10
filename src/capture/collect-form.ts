import { type Fields, isFields } from './collect-fields.ts';

/** The names that forms give our fields, in Portuguese, English and Spanish; lower case, without accents. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ...['name', 'nome', 'nome_completo', 'full_name', 'fullname', 'your-name', 'nombre'].map(to('name')),
  ...['email', 'e-mail', 'e_mail', 'mail', 'your-email', 'correo'].map(to('email')),
  ...['phone', 'telefone', 'fone', 'celular', 'whatsapp', 'tel', 'phone_number', 'telefono'].map(to('phone')),
  ...['company', 'empresa', 'organization', 'organisation', 'compania'].map(to('company')),
  ...['message', 'mensagem', 'your-message', 'comentario', 'mensaje'].map(to('message')),
  ...['form_location', 'formulario'].map(to('form_location')),
  ...['external_id'].map(to('external_id')),
]);

function to(field: string): (name: string) => readonly [string, string] {
  return (name) => [name, field];
}

/** Fields of a form that are the frame's and no answer of the person. */
const FRAME: ReadonlySet<string> = new Set([
  'domain_id',
  'session_id',
  'visitor_id',
  'page_url',
  'referrer',
  'id',
  'lead_id',
  'occurred_at',
  'sent_at',
  '_next',
  '_gotcha',
]);

const MAX_EXTENSIONS = 50;
const MAX_NAME = 100;
const MAX_VALUE = 2000;

/**
 * A form's fields as a posted lead: known names in our spelling, every other one among the extensions. The first
 * value of a field holds; further values of an extension (check boxes) are joined.
 */
export function readForm(entries: Iterable<readonly [string, string]>): Fields {
  const fields: Record<string, unknown> = {};
  const extensions = new Map<string, string>();
  const consent: Record<string, string> = {};
  for (const [name, value] of entries) {
    if (value.trim() === '' && name !== '_gotcha') continue;
    const known = FRAME.has(name) ? name : NAMES.get(plainName(name));
    if (name === 'consent_ads' || name === 'consent_analytics') consent[name.slice(8)] = value;
    else if (known !== undefined) fields[known] ??= value;
    else keepExtension(extensions, name, value);
  }
  return {
    ...fields,
    ...(Object.keys(consent).length > 0 ? { consent } : {}),
    ...(extensions.size > 0 ? { extensions: Object.fromEntries(extensions) } : {}),
  };
}

const plainName = (name: string): string =>
  name.trim().toLowerCase().normalize('NFD').replace(/\p{M}/gu, '').replaceAll(' ', '_');

function keepExtension(extensions: Map<string, string>, name: string, value: string): void {
  const key = name.slice(0, MAX_NAME);
  const before = extensions.get(key);
  if (before === undefined && extensions.size >= MAX_EXTENSIONS) return;
  extensions.set(key, (before === undefined ? value : `${before}, ${value}`).slice(0, MAX_VALUE));
}

/** Fields of one lead as JSON that hold more than a text. */
const COMPOSED: ReadonlySet<string> = new Set(['extensions', 'metadata', 'consent', 'cookies']);

/** One lead as JSON in our spelling; texts of unknown names are kept among the extensions, as a form's are. */
export function readLeadJson(body: Fields): Fields {
  const entries = Object.entries(body).filter(([name]) => !COMPOSED.has(name));
  const texts = entries.flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [[name, String(value)]]
      : [],
  );
  const others = entries.filter(([, value]) => typeof value === 'object' && value !== null);
  const read = readForm(texts);
  const composed = Object.fromEntries(Object.entries(body).filter(([name]) => COMPOSED.has(name)));
  const extensions = mergeExtensions(read.extensions, composed.extensions);
  return { ...Object.fromEntries(others), ...read, ...composed, ...extensions };
}

function mergeExtensions(found: unknown, given: unknown): Fields {
  if (!isFields(found)) return {};
  if (given === undefined || given === null) return { extensions: found };
  return isFields(given) ? { extensions: { ...found, ...given } } : {};
}
