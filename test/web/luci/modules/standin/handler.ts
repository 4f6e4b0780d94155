/** A handler of clicks whose button waits until what it began is done; an error of it is shown. */
export function handler(click: (event: Event) => unknown): (event: Event) => void {
  return (event) => {
    const button = event.currentTarget instanceof HTMLButtonElement ? event.currentTarget : undefined;
    button?.classList.add('spinning');
    if (button !== undefined) button.disabled = true;
    Promise.resolve(click(event)).finally(() => {
      button?.classList.remove('spinning');
      if (button !== undefined) button.disabled = false;
    });
  };
}
