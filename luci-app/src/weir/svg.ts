/** Elements of SVG, which LuCI's `E` does not make. */

type SvgAttributes = Readonly<Record<string, string | number>>;

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: SvgAttributes = {},
  children: readonly Node[] = [],
): SVGElementTagNameMap[K] {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  set(element, attributes);
  element.append(...children);
  return element;
}

export function set(element: Element, attributes: SvgAttributes): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
