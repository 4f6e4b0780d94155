/** Every kind of field that the pages use, in tabs, over /etc/config/weir. */
import form from 'luci/form';
import view from 'luci/view';

export default view.extend({
  render() {
    const map = new form.Map('weir', _('Form'));
    const section = map.section(form.NamedSection, 'wan', 'shaper');
    section.tab('first', _('First'));
    section.tab('second', _('Second'));

    const device = section.taboption('first', form.Value, 'device', _('Device'));
    device.datatype = 'and(netdevname,maxlength(15))';
    device.rmempty = false;
    device.value('wan0', _('The line'));
    device.value('lan0', _('The house'));

    const download = section.taboption('first', form.Value, 'download', _('Download'), _('In kbit/s'));
    download.placeholder = '20000';
    download.validate = (_section, value) => /^\d*$/.test(value) || _('Expecting a rate');

    const enabled = section.taboption('first', form.Flag, 'enabled', _('Enabled'));
    enabled.default = '1';

    const isolation = section.taboption('second', form.ListValue, 'isolation', _('Isolation'));
    isolation.value('triple-isolate', _('Three ways'));
    isolation.value('flows', _('By flow'));
    isolation.optional = true;

    const link = section.taboption('second', form.DynamicList, 'link', _('Link'));
    link.datatype = 'string';

    const mpu = section.taboption('second', form.Value, 'mpu', _('MPU'));
    mpu.datatype = 'range(0,256)';
    mpu.depends('isolation', 'flows');
    return map.render();
  },
});
