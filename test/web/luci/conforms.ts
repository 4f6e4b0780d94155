/** What the pages' declarations promise of LuCI's modules, held against the stand-in when types are checked. */
import type * as form from './modules/form.ts';
import type * as network from './modules/network.ts';
import type * as rpc from './modules/rpc.ts';
import type * as uci from './modules/uci.ts';
import type * as ui from './modules/ui.ts';
import type { dom } from './page/dom.ts';
import type { pollOf } from './page/poll.ts';

/** Names that are missing on the right. */
type Missing<Promised, Given> = Exclude<keyof Promised, keyof Given>;
type None<T extends never> = T;

export type Conforms = [
  None<Missing<Form, typeof form>>,
  None<Missing<Network, typeof network>>,
  None<Missing<Rpc, typeof rpc>>,
  None<Missing<Uci, typeof uci>>,
  None<Missing<Ui, typeof ui>>,
  None<Missing<Dom, typeof dom>>,
  None<Missing<Poll, ReturnType<typeof pollOf>>>,
  None<Missing<FormMap, form.Map>>,
  None<Missing<FormNamedSection, form.NamedSection>>,
  None<Missing<FormGridSection, form.GridSection>>,
  None<Missing<FormValue, form.Value>>,
  None<Missing<FormListValue, form.ListValue>>,
  None<Missing<FormFlag, form.Flag>>,
  None<Missing<FormDynamicList, form.DynamicList>>,
  None<Missing<FormTextValue, form.TextValue>>,
  None<Missing<FormDummyValue, form.DummyValue>>,
  None<Missing<FormButton, form.Button>>,
  None<Missing<UiTextfield, ui.Textfield>>,
  None<Missing<UiCheckbox, ui.Checkbox>>,
  None<Missing<UiSelect, ui.Select>>,
];
