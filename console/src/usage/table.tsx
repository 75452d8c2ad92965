// Usage as a table: the latest hour or day first, those without any use left out.
import { count } from '../ui/text';
import { Table, type Column } from '../ui/table';
import type { Step } from './range.ts';
import { sum, type Series } from './series.ts';
import { COUNTS, moment, reasonName } from './words.ts';

interface Row {
  at: number;
  time: number;
}

export function UsageTable({ series: { times, counts, refused }, by }: { series: Series; by: Step }) {
  const columns: Column<Row>[] = [
    { head: by === 'day' ? 'Day (UTC)' : 'Hour (UTC)', cell: ({ time }) => <time dateTime={new Date(time * 1000).toISOString()}>{moment(time, by)}</time> },
    ...Object.entries(counts).map(([name, column]) => ({
      head: COUNTS[name as keyof Series['counts']],
      class: 'num',
      cell: ({ at }: Row) => count(column[at] ?? 0),
    })),
    ...refused.map(([reason, column]) => ({ head: reasonName(reason), class: 'num', cell: ({ at }: Row) => count(column[at] ?? 0) })),
  ];
  const all = [...Object.values(counts), ...refused.map(([, column]) => column)];
  const rows = times.map((time, at) => ({ at, time })).filter(({ at }) => sum(all.map((column) => column[at] ?? 0)) > 0).reverse();
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Usage as a table">
      <Table caption="Usage" columns={columns} rows={rows} keyOf={({ time }) => String(time)} empty={<p>No use in this time.</p>} />
    </div>
  );
}
