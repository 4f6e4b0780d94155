/** A row a section, edited in a dialog. */
import form from 'luci/form';
import uci from 'luci/uci';
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
    upload.onchange = (_event, section) => grid.renderMoreOptionsModal(section);
    // There from the beginning of a dialog, but for a section that has no upload yet.
    grid.addModalOptions = async (dialog, section) => {
      await Promise.resolve();
      if (uci.get('weir', section, 'upload') !== null) dialog.option(form.Value, 'rtt', _('Round trip'));
    };
    return map.render();
  },
});
