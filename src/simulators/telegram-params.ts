/** What a call to the Bot API says: its parameters (JSON parts parsed) and its files by field. */
export interface CallParams {
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: ReadonlyMap<string, Buffer>;
}

/** Fields that are JSON even where they come as text in a form. */
const JSON_FIELDS = new Set(['reply_markup', 'allowed_updates', 'link_preview_options', 'entities']);

/** Reads a call's parameters from query and body; null when the body is not what its type says. */
export async function readCallParams(call: {
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
}): Promise<CallParams | null> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of call.query) values[name] = readField(name, value);
  const files = new Map<string, Buffer>();
  if (call.body.length === 0) return { values, files };
  if (call.contentType.startsWith('application/json')) {
    const json = parseJson(call.body.toString('utf8'));
    if (typeof json !== 'object' || json === null) return null;
    return { values: { ...values, ...json }, files };
  }
  try {
    const headers = { 'content-type': call.contentType };
    const form = await new Response(new Uint8Array(call.body), { headers }).formData();
    for (const [name, value] of form) {
      if (typeof value === 'string') values[name] = readField(name, value);
      else files.set(name, Buffer.from(await value.arrayBuffer()));
    }
    return { values, files };
  } catch {
    return null;
  }
}

function readField(name: string, value: string): unknown {
  return JSON_FIELDS.has(name) ? parseJson(value) : value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A parameter as text; numbers are taken as they are written. */
export function textParam(params: CallParams, name: string): string {
  const value = params.values[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** A parameter as a whole number, or the given one. */
export function numberParam(params: CallParams, name: string, otherwise: number): number {
  const text = textParam(params, name);
  return /^-?\d{1,15}$/.test(text) ? Number(text) : otherwise;
}

/** Whether a parameter says yes. */
export function flagParam(params: CallParams, name: string): boolean {
  const value = params.values[name];
  return value === true || value === 'true' || value === '1' || value === 1;
}
