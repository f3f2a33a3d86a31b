export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly bare: string;
  /** How `figure` compares with `bar`; rows without a bar are for orientation. */
  readonly figure: number;
  readonly bar: { readonly atLeast: number } | { readonly atMost: number } | null;
  /** Of the figure and the bar: `×`, ` MiB`. */
  readonly unit: string;
  readonly cpuOurs?: string;
  readonly cpuBare?: string;
  readonly peer?: string;
  /** A run with failed requests proves nothing. */
  readonly failures?: number;
}

export function verdict({ bar, figure, failures = 0 }: Row): 'pass' | 'FAIL' | '' {
  if (failures > 0) return 'FAIL';
  if (bar === null) return '';
  const holds = 'atLeast' in bar ? figure >= bar.atLeast : figure <= bar.atMost;
  return holds ? 'pass' : 'FAIL';
}

const columns = ['', 'ours', 'bare', 'figure', 'bar', 'verdict', 'CPU ours', 'CPU bare', 'Glance 33'];

export function render(rows: readonly Row[]): string {
  const cells = [columns, ...rows.map(cellsOf)];
  const widths = columns.map((_, at) => Math.max(...cells.map((line) => line[at]!.length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd();
  return [line(columns), widths.map((width) => '─'.repeat(width)).join('  '), ...cells.slice(1).map(line)].join('\n');
}

function cellsOf(row: Row): string[] {
  const { what, ours, bare, figure, bar, unit, cpuOurs = '', cpuBare = '', peer = '', failures = 0 } = row;
  const sign = bar === null ? '' : 'atLeast' in bar ? `≥ ${bar.atLeast}${unit}` : `≤ ${bar.atMost}${unit}`;
  const said = verdict(row) + (failures > 0 ? ` (${failures} failed)` : '');
  return [what, ours, bare, `${shown(figure)}${unit}`, sign, said, cpuOurs, cpuBare, peer];
}

const shown = (figure: number): string => (Math.abs(figure) >= 10 ? figure.toFixed(0) : figure.toFixed(2));
