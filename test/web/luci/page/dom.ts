/** LuCI.dom: elements from tags, attributes and children, and the object that belongs to an element. */
import { Base } from './class.ts';

const instances = new WeakMap<Node, object>();

function isNode(value: unknown): value is Node {
  return value instanceof Node;
}

/** A list's items become text, `null` too, which is what LuCI makes of it; a string alone is HTML. */
function append(node: Node, children: unknown): Node | null {
  if (children === null || children === undefined) return null;
  if (typeof children === 'function') return append(node, children(node));
  if (isNode(children)) return node.appendChild(children);
  if (Array.isArray(children)) {
    for (const child of children) node.appendChild(isNode(child) ? child : document.createTextNode(String(child)));
    return node.lastChild;
  }
  if (node instanceof Element) node.innerHTML = String(children);
  return node.lastChild;
}

function setAttributes(element: Element, attributes: object): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (typeof value === 'function') element.addEventListener(name, value);
    else element.setAttribute(name, typeof value === 'object' ? JSON.stringify(value) : String(value));
  }
}

function create(tag: unknown, attributes?: unknown, children?: unknown): Node {
  if (Array.isArray(tag)) {
    const fragment = document.createDocumentFragment();
    for (const one of tag) fragment.appendChild(create(one));
    append(fragment, children);
    return fragment;
  }
  const hasAttributes =
    typeof attributes === 'object' && attributes !== null && !Array.isArray(attributes) && !isNode(attributes);
  const element = isNode(tag) ? tag : elementOf(String(tag));
  if (hasAttributes && element instanceof Element) setAttributes(element, attributes);
  append(element, hasAttributes || children !== undefined ? children : attributes);
  return element;
}

function elementOf(tag: string): Node {
  if (!tag.startsWith('<')) return document.createElement(tag);
  return new DOMParser().parseFromString(tag, 'text/html').body.firstChild ?? document.createTextNode('');
}

function findClassInstance(node: Node): object | null {
  for (let one: Node | null = node; one !== null; one = one.parentNode) {
    const instance = instances.get(one);
    if (instance !== undefined) return instance;
  }
  return null;
}

export const dom = {
  elem: isNode,
  append,
  create,
  findClassInstance,
  content(node: Node, children: unknown): Node | null {
    while (node.firstChild !== null) node.removeChild(node.firstChild);
    return append(node, children);
  },
  isEmpty(node: Node, ignore?: (child: Element) => boolean): boolean {
    const children = node instanceof Element || node instanceof DocumentFragment ? [...node.children] : [];
    return children.every((child) => child.classList.contains('hidden') || ignore?.(child) === true);
  },
  bindClassInstance(node: Element, instance: object): void {
    if (!(instance instanceof Base)) throw new TypeError('Argument must be a class instance');
    instances.set(node, instance);
  },
  callClassMethod(node: Node, method: string, ...args: readonly unknown[]): unknown {
    const instance = findClassInstance(node);
    const found: unknown = instance === null ? undefined : Reflect.get(instance, method);
    return typeof found === 'function' ? found.apply(instance, args) : null;
  },
} satisfies Dom;
