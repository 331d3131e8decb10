import { expect, test } from 'vitest';
import { evaluateBothScores, evaluateThresholds, scoreFraudCases } from './evaluate-fraud.ts';
import { buildFraudCsv, type FraudCase, halfOf, readFraudCases } from './fraud-cases.ts';
import { generateFraud } from './generate-fraud.ts';

const SETTING = { timezone: 'America/Sao_Paulo', expectedCountries: ['BR'] };
const ROWS = 6_000;

test.each([1, 2, 3])(
  'fraud of a generated set is told from people as well as the docs say, seed %i',
  (seed) => {
    const scored = scoreFraudCases(generateFraud({ seed, rows: ROWS }), SETTING);
    const half = scored.filter((one) => halfOf(one.case) === 'test');
    expect(half.length).toBeGreaterThan(ROWS / 3);
    for (const { precision, recall, true_negatives } of evaluateBothScores('test', half)) {
      expect(precision).toBeGreaterThan(0.7);
      expect(recall).toBeGreaterThan(0.25);
      expect(true_negatives).toBeGreaterThan(ROWS / 4);
    }
  },
);

test('a generated set is the same by its seed, and comes back from its file', () => {
  const cases = generateFraud({ seed: 7, rows: 300 });
  expect(generateFraud({ seed: 7, rows: 300 })).toEqual(cases);
  expect(generateFraud({ seed: 8, rows: 300 })).not.toEqual(cases);
  expect(readFraudCases(buildFraudCsv(cases))).toEqual({ kind: 'cases', cases });
});

test('a generated set has about as much of each kind as is written down', () => {
  const cases = generateFraud({ seed: 3, rows: ROWS });
  const share = (is: (one: FraudCase) => boolean) => cases.filter(is).length / cases.length;
  expect(share((one) => one.isFraud)).toBeCloseTo(0.165, 1);
  expect(share((one) => !one.isFraud && one.country !== 'BR' && one.country !== null)).toBeGreaterThan(0.03);
  expect(share((one) => one.isFraud && one.hasClickId && one.country === 'BR')).toBeGreaterThan(0.02);
});

test('nobody of one address is in both halves', () => {
  const halves = Map.groupBy(generateFraud({ seed: 1, rows: ROWS }), (one) => one.ipHash);
  for (const people of halves.values()) expect(new Set(people.map(halfOf)).size).toBe(1);
});

const HEADER = 'id,is_fraud,ip_hash,country,has_click_id,is_bot,clicked_at,started_at';

test('a file is scored by the rules of a new workspace', () => {
  const rows = [
    '1,1,a,US,0,0,2026-03-02T18:00:00Z,2026-03-02T18:00:09Z', // abroad and no click id: 70
    '2,1,b,BR,1,1,2026-03-02T18:00:00Z,2026-03-02T18:00:09Z', // a bot: suspicious, fraud score 10
    '3,1,c,BR,1,0,2026-03-02T18:00:00Z,2026-03-02T18:00:09Z',
    '4,0,d,us,false,false,,2026-03-02T18:00:09Z',
    '5,0,,,1,0,,2026-03-02T07:30:00Z', // at night, from nobody knows where: 20
  ];
  const read = readFraudCases([HEADER, ...rows].join('\r\n'));
  if (read.kind !== 'cases') throw new Error(read.message);
  const scored = scoreFraudCases(read.cases, SETTING);
  expect(scored.map(({ risk }) => [risk.bot_score, risk.fraud_score])).toEqual([
    ...[
      [0, 70],
      [50, 10],
      [0, 0],
      [0, 70],
      [0, 20],
    ], // prettier would stretch these over twenty lines
  ]);
  expect(evaluateBothScores('file', scored)).toEqual([
    {
      ...{ name: 'file: fraud score from 70 on', true_positives: 1, false_negatives: 2 },
      ...{ false_positives: 1, true_negatives: 1, precision: 1 / 2, recall: 1 / 3 },
    },
    {
      ...{ name: 'file: suspicious, by either score', true_positives: 2, false_negatives: 1 },
      ...{ false_positives: 1, true_negatives: 1, precision: 2 / 3, recall: 2 / 3 },
    },
  ]);
  expect(evaluateThresholds('file', scored).at(-1)).toMatchObject({ precision: null, recall: 0 });
});

test('six of one address within a minute are a burst', () => {
  const rows = [0, 10, 20, 30, 40, 59].map(
    (second) => `${second},1,a,BR,1,0,,2026-03-02T18:00:${String(second).padStart(2, '0')}Z`,
  );
  const read = readFraudCases([HEADER, ...rows].join('\n'));
  if (read.kind !== 'cases') throw new Error(read.message);
  expect(scoreFraudCases(read.cases, SETTING).map(({ risk }) => risk.bot_score)).toEqual(Array(6).fill(30));
});

test.each([
  ['', /no rows/],
  [HEADER, /no rows/],
  ['id,is_fraud\n1,1', /columns are missing: ip_hash, country/],
  [`${HEADER}\n1,maybe,a,BR,1,0,,2026-03-02T18:00:00Z`, /Row 1: is_fraud/],
  [`${HEADER}\n1,1,a,BR,1,0,,yesterday`, /Row 1: started_at/],
  [`${HEADER}\n1,1,a,BR,1,0,soon,2026-03-02T18:00:00Z`, /Row 1: clicked_at/],
  [`${HEADER}\n1,1,a,Brazil,1,0,,2026-03-02T18:00:00Z`, /Row 1: country/],
  [`${HEADER}\n1,1,"a`, /no CSV/],
])('a file that cannot be used is refused: %j', (text, message) => {
  expect(readFraudCases(text)).toEqual({ kind: 'bad', message: expect.stringMatching(message) });
});
