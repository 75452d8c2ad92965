// A table that becomes a list of cards on a narrow screen. Roles are written out, since a table drawn otherwise than as
// a table loses them.
import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ComponentChildren;
  /** `num` aligns to the right. */
  class?: string;
}

interface Props<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: Row[];
  keyOf: (row: Row) => string;
  /** Shown instead of a table without rows. */
  empty: ComponentChildren;
}

export function Table<Row>({ caption, columns, rows, keyOf, empty }: Props<Row>) {
  if (rows.length === 0) return <div class="empty">{empty}</div>;
  return (
    <table role="table">
      <caption class="unseen">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ head, class: name }) => <th key={head} role="columnheader" scope="col" class={name}>{head}</th>)}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {columns.map(({ head, cell, class: name }) => (
              <td key={head} role="cell" data-head={head} class={name}><div>{cell(row)}</div></td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
