/** A lead's fields by the API's names. */
export type LeadFields = Record<string, unknown>;

// The first that fits a name wins: `company_name` is a company, `sobrenome` is a last name.
const WORDS: Readonly<Record<string, RegExp>> = {
  email: /e-?mail/,
  phone: /phone|fone|(\b|_)tel|celular|mobile|whats|zap/,
  company: /company|empresa|organi/,
  message: /message|mensagem|coment|comment/,
  last: /last|sobrenome|surname/,
  name: /^(?!.*(user|card)).*(name|nome)/,
};

const OWN = /^(form_location|external_id|extensions|metadata)$/;

/** The API's name of a form's field: `nome`, `your-name` and `Nome completo` are all `name`; undefined if it is none of ours. */
export function readFieldName(name: string): string | undefined {
  const found = Object.keys(WORDS).find((field) => WORDS[field]?.test(name.toLowerCase()));
  return OWN.test(name) ? name : found;
}

/** A lead from named values, whatever the names' language; the first value of a field wins, unknown names are extensions. */
export function buildLead(values: readonly (readonly [name: string, value: unknown])[]): LeadFields {
  const extensions: LeadFields = {};
  const lead: LeadFields = { extensions };
  for (const [name, value] of values) {
    const field = readFieldName(name);
    if (field === 'extensions') Object.assign(extensions, value);
    else if (!field) extensions[name] ||= value;
    else lead[field] ||= value;
  }
  const { last, ...rest } = lead;
  return last ? { ...rest, name: [rest.name, last].join(' ').trim() } : rest;
}
