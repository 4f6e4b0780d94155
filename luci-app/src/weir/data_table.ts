/** A table of what a poll brings: rows side by side, or where there is no room for them a block a row; sorted by any column. */

export interface Column<R> {
  readonly text: Translated;
  readonly help: Translated;
  cell(row: R): readonly (Node | string)[];
}

export class DataTable<R> {
  readonly node: HTMLElement;
  private readonly columns: readonly Column<R>[];
  private readonly heads: readonly HTMLElement[];
  private readonly body = E('tbody', { role: 'rowgroup' });

  /** @param sort is called with the number of the column that is clicked; without it there is no order to choose */
  constructor(id: string, caption: string, columns: readonly Column<R>[], sort?: (column: number) => unknown) {
    this.columns = columns;
    this.heads = columns.map(({ text, help }, i) => {
      const children = sort === undefined ? [text] : [E('button', { type: 'button', click: () => sort(i) }, [text])];
      return E('th', { role: 'columnheader', scope: 'col', title: help }, children);
    });
    const style = `weir-table${sort === undefined ? '' : ' weir-sortable'}`;
    this.node = E('table', { class: style, id, role: 'table' }, [
      E('caption', {}, [caption]),
      E('thead', { role: 'rowgroup' }, [E('tr', { role: 'row' }, this.heads)]),
      this.body,
    ]);
  }

  show(rows: readonly R[]): void {
    this.body.replaceChildren(...rows.map((row) => this.row(row)));
  }

  /** Says which column the order is by. */
  showOrder(column: number, direction: 'ascending' | 'descending'): void {
    this.heads.forEach((head, i) => {
      if (i === column) head.setAttribute('aria-sort', direction);
      else head.removeAttribute('aria-sort');
    });
  }

  private row(row: R): HTMLElement {
    const cells = this.columns.map(({ text, cell }, i) =>
      i === 0
        ? E('th', { role: 'rowheader', scope: 'row' }, cell(row))
        : E('td', { role: 'cell', 'data-title': text }, cell(row)),
    );
    return E('tr', { role: 'row' }, cells);
  }
}

/** How many rows there are beside those that are shown; '' for none. */
export function moreText(more: number): string {
  return more > 0 ? N_(more, '%s more is not shown.', '%s more are not shown.').format(more) : '';
}

/** The daemon's own words, below what they explain. */
export function smallPrint(text: string): HTMLElement {
  return E('small', { lang: 'en' }, [text]);
}
