const AREA_CODES = new Set(
  (
    '11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55 ' +
    '61 62 63 64 65 66 67 68 69 71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99'
  ).split(' '),
);

/** Brazil's states by their ISO 3166-2 letters, with the names that people write. */
const STATES: Readonly<Record<string, string>> = {
  AC: 'Acre',
  AL: 'Alagoas',
  AM: 'Amazonas',
  AP: 'Amapá',
  BA: 'Bahia',
  CE: 'Ceará',
  DF: 'Distrito Federal',
  ES: 'Espírito Santo',
  GO: 'Goiás',
  MA: 'Maranhão',
  MG: 'Minas Gerais',
  MS: 'Mato Grosso do Sul',
  MT: 'Mato Grosso',
  PA: 'Pará',
  PB: 'Paraíba',
  PE: 'Pernambuco',
  PI: 'Piauí',
  PR: 'Paraná',
  RJ: 'Rio de Janeiro',
  RN: 'Rio Grande do Norte',
  RO: 'Rondônia',
  RR: 'Roraima',
  RS: 'Rio Grande do Sul',
  SC: 'Santa Catarina',
  SE: 'Sergipe',
  SP: 'São Paulo',
  TO: 'Tocantins',
};

const STATE_BY_NAME = new Map(Object.entries(STATES).map(([code, name]) => [buildNameKey(name), code]));

/** Whether national digits (10 or 11, no country code) have the shape of a Brazilian phone. */
export function isBrazilianNationalPhone(digits: string): boolean {
  if (!AREA_CODES.has(digits.slice(0, 2))) return false;
  return digits.length === 10 || (digits.length === 11 && digits.charAt(2) === '9');
}

/** A Brazilian state's two letters from its letters or its name, with or without accents: `minas gerais` -> `MG`. */
export function readBrazilianState(text: string): string | null {
  const upper = text.trim().toUpperCase();
  if (upper in STATES) return upper;
  return STATE_BY_NAME.get(buildNameKey(text)) ?? null;
}

function buildNameKey(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[^\p{L}]/gu, '')
    .toLowerCase();
}
