//! Settings that a test changes, such as those of a container without a model.
//!
//! Only shown: nothing here behaves otherwise for them.

use serde_json::{Map, Value};

use crate::control::Control;

/// Settings by name. Null is a variable that is not set, which upstream leaves out.
pub(crate) type ChangedSettings = Map<String, Value>;

/// Puts them in the place of those that were recorded.
pub(crate) fn apply(changed: &ChangedSettings, settings: &mut Value) {
    let Some(settings) = settings.as_object_mut() else { return };
    for (name, value) in changed {
        if value.is_null() {
            settings.remove(name);
        } else {
            settings.insert(name.clone(), value.clone());
        }
    }
}

impl Control {
    /// Shows a setting with this value from now on; with null as one that is not set.
    pub fn set_setting(&self, name: &str, value: Value) {
        self.world().changed_settings.insert(name.to_owned(), value);
        self.touch();
    }
}
