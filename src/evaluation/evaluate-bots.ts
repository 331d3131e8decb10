import { list as listOf2025 } from 'isbot-2025';
import {
  buildDeclaredQuestion,
  type DeclaredQuestion,
  findDeclaredReason,
} from '../io/user-agent/declared-bot.ts';
import { readCases } from './cases.ts';

/** How well one detector tells programs from people. Shares are between 0 and 1. */
export interface BotEvaluation {
  readonly name: string;
  readonly true_positives: number;
  readonly false_negatives: number;
  readonly false_positives: number;
  readonly true_negatives: number;
  readonly recall: number;
  readonly precision: number;
  /** What the precision would be where one visitor in twenty is a program. */
  readonly precision_at_5_percent: number;
}

/** Programs that nobody knew when the older list was made (isbot 5.1.28, May 2025). */
const NEWER_SINCE = '2025-06';

/**
 * Evaluates the detector as it is, and as it would have done with a list of 2025 on the programs seen since then: what
 * may be expected of today's list in a year. Today's list has been tuned by its makers on all of these programs.
 */
export function evaluateBots(): readonly BotEvaluation[] {
  const bots = readCases('bots.tsv');
  const newer = bots.filter(([since = '']) => since >= NEWER_SINCE);
  const older = buildDeclaredQuestion(listOf2025);
  return [
    evaluate('today’s list, all programs', bots, findDeclaredReason),
    evaluate('list of May 2025, programs seen since', newer, older),
  ];
}

function evaluate(
  name: string,
  bots: readonly (readonly string[])[],
  findReason: DeclaredQuestion,
): BotEvaluation {
  const people = [...readCases('user-agents.tsv'), ...readCases('in-app.tsv')];
  const isCaught = (row: readonly string[]) => findReason(row.at(-1) ?? null) !== null;
  const caught = bots.filter(isCaught).length;
  const wronged = people.filter(isCaught).length;
  const recall = caught / bots.length;
  const falseAlarms = wronged / people.length;
  return {
    name,
    true_positives: caught,
    false_negatives: bots.length - caught,
    false_positives: wronged,
    true_negatives: people.length - wronged,
    recall,
    precision: caught / (caught + wronged),
    precision_at_5_percent: (recall * 0.05) / (recall * 0.05 + falseAlarms * 0.95),
  };
}
