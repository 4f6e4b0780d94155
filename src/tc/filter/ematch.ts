/**
 * Expressions of matches (ematch), `cmp(u8 at 9 layer 1 eq 17) and not (meta(nf_mark eq 1) or …)`, as tc-ematch(8) has them and as the
 * kernel has them: a list in which a bracket refers to a later place (net/sched/ematch.c). There is no precedence: `and` and `or` are
 * worked out from left to right.
 */
import type { Reader, Writer } from '../../lib/bytes.ts';
import type { Field } from '../../schema/field.ts';
import { phrase } from '../../schema/kind_fields.ts';
import { TCA_EMATCH_TREE, TCF_EM } from '../../uapi/tc.ts';
import { beginAttribute, eachAttribute, endAttribute, type WireType } from '../../wire/nla.ts';
import { MATCH_KINDS } from './ematch_kinds.ts';

type Relation = 'and' | 'or' | 'end';

/** One match with what follows it: of a kind with its arguments, or an expression in brackets. */
interface Term {
  readonly isInverted: boolean;
  readonly relation: Relation;
  readonly match: { readonly kind: string; readonly words: string } | readonly Term[];
}

/** How many brackets may stand within each other, and how many matches there may be at most. */
const DEEPEST = 16;
const MOST_MATCHES = 128;

const isBracket = (match: Term['match']): match is readonly Term[] => Array.isArray(match);

/** Reads an expression from left to right. */
class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** The whole text, or undefined where it is none. */
  expression(): readonly Term[] | undefined {
    const terms = this.terms(0);
    this.skipSpace();
    return this.at === this.text.length ? terms : undefined;
  }

  private terms(depth: number): readonly Term[] | undefined {
    const terms: Term[] = [];
    for (;;) {
      const isInverted = this.take('not');
      const match = this.take('(') ? this.bracket(depth) : this.single();
      if (match === undefined) return undefined;
      const relation = this.take('and') ? 'and' : this.take('or') ? 'or' : 'end';
      terms.push({ isInverted, relation, match });
      if (relation === 'end') return terms;
    }
  }

  private bracket(depth: number): readonly Term[] | undefined {
    const terms = depth < DEEPEST ? this.terms(depth + 1) : undefined;
    return this.take(')') ? terms : undefined;
  }

  private single(): Term['match'] | undefined {
    const match = /^([a-z0-9]+) *\(((?:"[^"]*"|[^"()])*)\)/.exec(this.text.slice(this.at));
    const [whole = '', kind = '', words = ''] = match ?? [];
    if (!Object.hasOwn(MATCH_KINDS, kind)) return undefined;
    const canonical = MATCH_KINDS[kind]?.canonical(words.trim().replace(/ +/g, ' '));
    if (canonical === undefined) return undefined;
    this.at += whole.length;
    return { kind, words: canonical };
  }

  /** Goes over a word or a bracket if that is what comes next. */
  private take(token: string): boolean {
    this.skipSpace();
    const next = this.text.slice(this.at, this.at + token.length).toLowerCase();
    const after = this.text[this.at + token.length] ?? ' ';
    if (next !== token || (token.length > 1 && after !== ' ' && after !== '(')) return false;
    this.at += token.length;
    this.skipSpace();
    return true;
  }

  private skipSpace(): void {
    while (this.text[this.at] === ' ') this.at++;
  }
}

function countTerms(terms: readonly Term[]): number {
  return terms.reduce((count, { match }) => count + 1 + (isBracket(match) ? countTerms(match) : 0), 0);
}

function formatTerms(terms: readonly Term[]): string {
  return terms
    .map(({ isInverted, relation, match }) => {
      const text = isBracket(match) ? `(${formatTerms(match)})` : `${match.kind}(${match.words})`;
      return `${isInverted ? 'not ' : ''}${text}${relation === 'end' ? '' : ` ${relation}`}`;
    })
    .join(' ');
}

function parseExpression(text: string): readonly Term[] | undefined {
  const terms = new Parser(text).expression();
  return terms === undefined || countTerms(terms) > MOST_MATCHES ? undefined : terms;
}

export const expressionField: Field<string> = phrase(
  'matches such as cmp(u8 at 9 layer 1 eq 17) and not meta(nf_mark eq 1), of cmp, nbyte, u32 and meta',
  (text) => {
    const terms = parseExpression(text);
    return terms === undefined ? undefined : formatTerms(terms);
  },
);

/** A term in its place in the list; of a bracket, where its terms begin. */
interface Placed {
  readonly term: Term;
  readonly bracketAt?: number;
}

/** The order of iproute2 (flatten_tree): the terms of a bracket go behind all that are there, and before those of its own brackets. */
function flatten(terms: readonly Term[]): Placed[] {
  const list: Placed[] = terms.map((term) => ({ term }));
  const place = (from: number, count: number): void => {
    for (let i = from; i < from + count; i++) {
      const term = list[i]?.term;
      if (term === undefined || !isBracket(term.match)) continue;
      const bracketAt = list.length;
      list[i] = { term, bracketAt };
      list.push(...term.match.map((inner) => ({ term: inner })));
      place(bracketAt, term.match.length);
    }
  };
  place(0, terms.length);
  return list;
}

const RELATIONS: Readonly<Record<Relation, number>> = {
  end: TCF_EM.REL_END,
  and: TCF_EM.REL_AND,
  or: TCF_EM.REL_OR,
};

/** TCA_BASIC_EMATCHES and TCA_FLOW_EMATCHES: struct tcf_ematch_tree_hdr, and the list, each with struct tcf_ematch_hdr before it. */
export const expression: WireType<string> = {
  encode: (w, text) => {
    const list = flatten(parseExpression(text) ?? []);
    const header = beginAttribute(w, TCA_EMATCH_TREE.HDR);
    w.u16(list.length);
    w.u16(TCF_EM.PROG_TC);
    endAttribute(w, header);
    const matches = beginAttribute(w, TCA_EMATCH_TREE.LIST);
    list.forEach((placed, i) => {
      const match = beginAttribute(w, i + 1);
      putMatch(w, placed);
      endAttribute(w, match);
    });
    endAttribute(w, matches);
  },
  decode: (r) => {
    let found: Found[] = [];
    eachAttribute(r, (type, payload) => {
      if (type !== TCA_EMATCH_TREE.LIST) return;
      found = [];
      eachAttribute(payload, (_index, match) => {
        if (found.length < MOST_MATCHES) found.push(takeMatch(match));
      });
    });
    return formatTerms(new Gatherer(found).terms(0));
  },
};

/** struct tcf_ematch_hdr: matchid, kind, flags, padding. */
function putMatch(w: Writer, { term, bracketAt }: Placed): void {
  const { match, isInverted, relation } = term;
  const kind = isBracket(match) ? undefined : MATCH_KINDS[match.kind];
  w.u16(0);
  w.u16(kind?.number ?? TCF_EM.CONTAINER);
  w.u16(RELATIONS[relation] | (isInverted ? TCF_EM.INVERT : 0));
  w.u16(0);
  if (kind === undefined || isBracket(match)) w.u32(bracketAt ?? 0);
  else kind.encode(w, match.words);
}

interface Found {
  readonly flags: number;
  readonly kind: string;
  readonly words: string;
  /** Of a bracket. */
  readonly bracketAt?: number;
}

function takeMatch(r: Reader): Found {
  r.take(2);
  const [number, flags] = [r.u16(), r.u16()];
  r.take(2);
  if (number === TCF_EM.CONTAINER) return { flags, kind: '', words: '', bracketAt: r.u32() };
  const name = Object.keys(MATCH_KINDS).find((one) => MATCH_KINDS[one]?.number === number);
  const kind = name === undefined ? undefined : MATCH_KINDS[name];
  return kind === undefined
    ? { flags, kind: `?${number}`, words: '' }
    : { flags, kind: name ?? '', words: kind.decode(r) };
}

/** Puts the terms of a list back into their brackets. A list of the kernel is never longer when written out; others end early. */
class Gatherer {
  private readonly list: readonly Found[];
  private left = MOST_MATCHES;

  constructor(list: readonly Found[]) {
    this.list = list;
  }

  terms(from: number): readonly Term[] {
    const terms: Term[] = [];
    for (let i = from; ; i++) {
      const found = this.list[i];
      if (found === undefined || this.left-- <= 0) return terms;
      const { flags, bracketAt } = found;
      const bits = flags & TCF_EM.REL_MASK;
      const relation = bits === TCF_EM.REL_AND ? 'and' : bits === TCF_EM.REL_OR ? 'or' : 'end';
      // A bracket refers to what comes after it (tcf_em_validate), so that there are no circles.
      const inner = bracketAt !== undefined && bracketAt > i ? this.terms(bracketAt) : [];
      const match = bracketAt === undefined ? { kind: found.kind, words: found.words } : inner;
      terms.push({ isInverted: (flags & TCF_EM.INVERT) !== 0, relation, match });
      if (relation === 'end') return terms;
    }
  }
}
