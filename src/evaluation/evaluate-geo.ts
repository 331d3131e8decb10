import type { Geo } from '../io/geo/geo.ts';
import { readCases, type Score, scoreCases } from './cases.ts';

/** How often the geo data in use puts an address where its owner is. */
export function evaluateGeo(geo: Geo): readonly Score[] {
  const cases = readCases('geo.tsv').map(([ip = '', country = '', state = '']) => ({
    ...{ ip, country, state },
    place: geo.place(ip),
    network: geo.network(ip),
  }));
  const real = cases.filter(({ country }) => country !== '-');
  return [
    scoreCases('country', real, ({ country, place }) => place?.country === country),
    scoreCases(
      'Brazilian state of an institution',
      real.filter(({ state }) => state !== '?'),
      ({ country, state, place }) => place?.country === country && place.state === state,
    ),
    scoreCases(
      'private address is nowhere',
      cases.filter(({ country }) => country === '-'),
      ({ place }) => place === null,
    ),
    scoreCases('not taken for a data centre', real, ({ network }) => network?.isDatacenter !== true),
  ];
}
