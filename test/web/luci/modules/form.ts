/** LuCI.form, put together from its parts. */
export { FormMap as Map } from './standin/form_map.ts';
export { NamedSection, Section as AbstractSection, TypedSection } from './standin/form_section.ts';
export { GridSection, TableSection } from './standin/form_table.ts';
export { Value, Value as AbstractValue } from './standin/form_value.ts';
export { Button, DummyValue, DynamicList, Flag, ListValue, TextValue } from './standin/form_values.ts';
