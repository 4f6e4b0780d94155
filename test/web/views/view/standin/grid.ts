/** A row a section, edited in a dialog. */
import form from 'luci/form';
import view from 'luci/view';

export default view.extend({
  render() {
    const map = new form.Map('weir', _('Grid'));
    const grid = map.section(form.GridSection, 'shaper', _('Shapers'));
    grid.addremove = true;
    grid.option(form.Value, 'device', _('Device'));
    grid.option(form.Flag, 'enabled', _('Enabled')).editable = true;
    const upload = grid.option(form.Value, 'upload', _('Upload'));
    upload.datatype = 'uinteger';
    upload.modalonly = true;
    return map.render();
  },
});
