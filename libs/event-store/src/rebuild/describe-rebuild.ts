import type { Difference, TableComparison } from './compare.js';
import type { Rebuilt } from './rebuild.js';

/** What a rebuild did, for a person to read: one line for each table and for each row that is shown. */
export function describeRebuild(rebuilt: Rebuilt): string[] {
  const { events, foreignEvents, foldedMs, pausedMs, swapped } = rebuilt;
  const perSecond = Math.round(((events + foreignEvents) / foldedMs) * 1000);
  const waited = `commands waited ${Math.ceil(Math.max(...pausedMs))} ms at most`;
  return [
    `folded ${events} events, ${foreignEvents} of other services, in ${(foldedMs / 1000).toFixed(1)} s (${perSecond}/s)`,
    ...rebuilt.tables.flatMap(describeTable),
    swapped ? `swapped; ${waited}` : `compared only; ${waited}`,
  ];
}

/** Whether the live read model was what its log says. */
export const isEqual = ({ tables }: Rebuilt): boolean => tables.every(({ differing }) => differing === 0);

function describeTable({ table, liveRows, rebuiltRows, differing, first }: TableComparison): string[] {
  if (differing === 0) return [`${table}: ${liveRows} rows, equal`];
  const said = `${table}: ${liveRows} rows, ${rebuiltRows} rebuilt, ${differing} DIFFERENT`;
  return [said, ...first.map(describeRow), ...(differing > first.length ? ['  …'] : [])];
}

function describeRow({ key, differs }: Difference): string {
  const what = typeof differs === 'string' ? differs : `differs in ${differs.join(', ')}`;
  return `  ${printable(JSON.stringify(key))}: ${what}`;
}

/** Keys hold what people wrote: nothing of it may steer the terminal. */
const printable = (text: string): string =>
  text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
