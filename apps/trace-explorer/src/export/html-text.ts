/** HTML that needs no further escaping. Only `html` and `joined` make it. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = Html | string | number;

/**
 * A piece of HTML. Every value that is not HTML is escaped: safe as text and in quoted attributes.
 */
export function html(texts: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(
    texts.reduce((made, text, place) => {
      const value = values[place - 1]!;
      return made + (value instanceof Html ? value.text : escaped(String(value))) + text;
    }),
  );
}

export function joined(parts: readonly Html[]): Html {
  return new Html(parts.map(({ text }) => text).join(''));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  // HTML cannot write control characters, and direction marks would reorder the text around them.
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
