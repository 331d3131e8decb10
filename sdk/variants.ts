import { change, readKept } from './device.ts';
import { addEvent } from './events.ts';
import { drawNumbers } from './id.ts';

// The tests that this page has told: once is enough.
let told: string[] = [];

/** The person's variant of a test: drawn once, with equal chances, and then always the same. */
export function chooseVariant(test: string, variants: readonly string[]): string {
  let variant = readKept().variants[test];
  if (!variant || !variants.includes(variant)) {
    variant = variants[(drawNumbers(1)[0] ?? 0) % variants.length] ?? '';
    const drawn = variant;
    change((kept) => {
      kept.variants[test] = drawn;
    });
  }
  if (!told.includes(test)) {
    told.push(test);
    addEvent('experiment', { action: test, label: variant });
  }
  return variant;
}

/** Begins a page: draws the tests of the script tag (`test:a,b;other:x,y`) and writes `data-rastro-<test>` on the root, for style sheets. */
export function applyVariants(tests: string | undefined): void {
  told = [];
  for (const line of tests?.split(';') ?? []) {
    const [test = '', names = ''] = line.split(':');
    document.documentElement.setAttribute(`data-rastro-${test}`, chooseVariant(test, names.split(',')));
  }
}
