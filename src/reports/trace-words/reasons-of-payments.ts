import type { ReasonPair } from './reasons-of-sending.ts';

/** What is noted of a payment, and why a charge was not made or not believed; made in payments and gateways. */
export const REASONS_OF_PAYMENTS: readonly ReasonPair[] = [
  ['charge {id} at {name}', 'cobrança {id} em {name}'],
  ['paid late, after the charge had expired', 'paga com atraso, depois de a cobrança expirar'],
  [
    'the making of the charge was broken off; nobody was shown a code',
    'a criação da cobrança foi interrompida; ninguém chegou a ver um código',
  ],
  ['not believed ({status}): {reason}', 'não levado em conta ({status}): {reason}'],
  ['the gateway answered for another charge', 'o gateway respondeu sobre outra cobrança'],
  [
    'the gateway’s charge is over {n} cents {currency}, not {n2} {currency2}',
    'a cobrança do gateway é de {n centavo centavos} de {currency}, e não de {n2} de {currency2}',
  ],
  [
    'the gateway calls it {status}, but the charge had failed and was shown to nobody',
    'o gateway a dá como {status}, mas a cobrança não tinha sido criada e ninguém a viu',
  ],
  ['no answer ({noun}): {reason}', 'sem resposta ({noun}): {reason}'],
  ['{name} did not answer ({noun}: {reason})', '{name} não respondeu ({noun}: {reason})'],
  ['the gateway account was removed or switched off', 'a conta do gateway foi removida ou desligada'],
  ['there is no gateway {id}', 'não existe o gateway {id}'],
  [
    'the gateway refuses the account’s credentials: {reason}',
    'o gateway recusa as credenciais da conta: {reason}',
  ],
  ['{name} takes {n} cents or more, not {n2}', '{name} só aceita a partir de {n centavo centavos}, não {n2}'],
  ['{name} takes {list}, not {currency}', '{name} aceita {list}, não {currency}'],
  [
    'the charge was made over {n} cents, not {n2}',
    'a cobrança foi criada com {n centavo centavos}, não {n2}',
  ],
  ['the answer is not a charge', 'a resposta não é uma cobrança'],
  ['the answer is not this charge', 'a resposta não é desta cobrança'],
  ['the answer is about another charge', 'a resposta é sobre outra cobrança'],
  ['the answer is empty', 'a resposta veio vazia'],
  ['the answer has no amount', 'a resposta veio sem valor'],
  ['unknown status {state}', 'situação desconhecida: {state}'],
];
