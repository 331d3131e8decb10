import { describe, expect, test } from 'vitest';
import { NO_MATCH_KEYS } from '../../domain/conversion.ts';
import { AUDIENCE_SHAPES } from './audience-format.ts';

// SHA-256 as the platforms' own documents, libraries and their tests print them (Meta: Customer Information Parameters and
// capi-param-builder-nodejs; Google: data-manager-node, formatter.test.ts).
const META = {
  johnSmith: '62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f',
  joaoSilva: 'f636b5bc0ddc83d55fe3f46fbfb22299620b203b8da381acbef382d1c05c9341',
  phone: 'eeff2a7b3fdffa242c44700da8293d40c64a070956a3cdac36a4553dd4786704',
  valery: '08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c',
  vanDerBerg: 'aad607ca3121d5d843c2cd64e8c73c2a24fa3a4cb890ed8d40a1efa8af7a14d5',
  rio: 'f1b5cb813c226fd2583edf275f51bfff0a70c162c9ee81bda595e0e5da213e4f',
  sp: 'be18b85f77fc024db379a',
  zip: '4c8aef49c98ac36122e884c4bb76b30384118053921db0ffd3ec31c4f1d93a40',
  br: '885036a0da3dff3c3e05bc79bf49382b12bc5098514ed57ce0875aba1aa2c40d',
};
const GOOGLE = {
  alexz: '509e933019bb285a134a9334b8bb679dff79d0ce023d529af4bd744d47b4fd8a',
  jefferson: '515d2f967f73864e76937ab2b897210a86fd286016903b1b08c3da07c75f513e',
  cloudy: '223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4',
  phone: '195563c1d879cb1564e2cdd6d89363ecb1f091ac0eeac094760f06139eae6077',
  quinn: 'c512ca0c5c1e71be19f3356821e56732b5fb3ac894b0dbc5846d0b6920106fb3',
  valery: '08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c',
};

describe('Meta’s customer file', () => {
  const { build, header } = AUDIENCE_SHAPES.meta;
  const line = (match: Partial<typeof NO_MATCH_KEYS>) => {
    const cells = build({ ...NO_MATCH_KEYS, ...match });
    return cells && Object.fromEntries(header.map((name, index) => [name, cells[index]]));
  };
  const EMPTY = Object.fromEntries(header.map((name) => [name, '']));

  test('hashes by Meta’s rules: dots and plus kept, phone without plus, names without spaces, accents kept', () => {
    expect(line({ email: 'John_Smith@gmail.com' })).toEqual({ ...EMPTY, email: META.johnSmith });
    const address = { city: 'Rio de Janeiro', zip: '    37221', country: 'Brazil' };
    const names = { firstName: 'Valéry', lastName: 'Van Der Berg' };
    const whole = {
      email: ' Joao.Silva+promo@Gmail.com ',
      phone: '+55 (11) 91234-5678',
      ...names,
      ...address,
    };
    expect(line(whole)).toEqual({
      ...EMPTY,
      ...{ email: META.joaoSilva, phone: META.phone, fn: META.valery, ln: META.vanDerBerg },
      ...{ ct: META.rio, zip: META.zip, country: META.br },
    });
    expect(line({ email: 'a@b.example', state: 'SP', country: 'BR' })?.st).toMatch(new RegExp(`^${META.sp}`));
  });

  test('knows people in bots by the hashed id that their events carried', () => {
    const built = line({ firstName: 'Mary', externalIds: ['123456789'] });
    expect(built).toMatchObject({
      fn: '6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec',
      extern_id: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
    });
  });

  test('leaves out whom it could not match', () => {
    expect(line({ firstName: 'Ana', lastName: 'Lima', country: 'BR', city: 'Campinas' })).toBeNull();
    expect(line({ email: 'none', phone: '20 91234-5678' })).toBeNull();
  });
});

describe('Google’s Customer Match file', () => {
  const { build, header } = AUDIENCE_SHAPES.google;
  const line = (match: Partial<typeof NO_MATCH_KEYS>) => build({ ...NO_MATCH_KEYS, ...match });

  test('has the six headers in English', () => {
    expect(header).toEqual(['Email', 'Phone', 'First Name', 'Last Name', 'Country', 'Zip']);
  });

  test.each([
    ['  ALEXZ@example.com   ', GOOGLE.alexz],
    ['j.e.f..ferson.Loves.hiking@gmail.com', GOOGLE.jefferson],
    ['Cloudy.SanFrancisco+shopping@gmail.com', GOOGLE.cloudy],
  ])('hashes %s by Google’s rules', (email, hash) => {
    expect(line({ email })).toEqual([hash, '', '', '', '', '']);
  });

  test('hashes the phone with its plus, and names; country and postal code go in clear', () => {
    const person = { phone: '+55 (11) 91234-5678', firstName: 'Valéry', lastName: ' Quinn, Jr.   ' };
    expect(line({ ...person, country: ' us ', zip: '  1229-076  ' })).toEqual([
      ...['', GOOGLE.phone, GOOGLE.valery, GOOGLE.quinn],
      ...['US', '1229-076'],
    ]);
    expect(line({ ...person, country: 'BR' })).toEqual(['', GOOGLE.phone, '', '', '', '']);
  });

  test('leaves out whom it could not match', () => {
    expect(line({ firstName: 'Ana', externalIds: ['1'] })).toBeNull();
  });
});
