"""The screens of the sign-in flow as HTML, by their ids.

The component makes a button of whatever has `data-type="button"`, and sends the value of whatever has a `name`. Plain
HTML is enough for it, so that nothing of the UI library is needed that real projects' screens are made of.
"""

from __future__ import annotations

from typing import Final

_STYLE: Final = """<style>
form, div, label, input, button, p { font: 1rem/1.5 system-ui, sans-serif; box-sizing: border-box; }
div { color: CanvasText; } label { display: block; margin: .5rem 0; }
input { display: block; width: 100%; padding: .625rem; border: 1px solid GrayText; border-radius: .5rem;
  background: Field; color: FieldText; }
button { width: 100%; min-height: 2.75rem; margin: 0 0 .5rem; border: 1px solid #1d4ed8; border-radius: .5rem;
  background: #1d4ed8; color: #fff; }
button + button { background: transparent; border-color: GrayText; color: CanvasText; }
.error { color: light-dark(#b42318, #ff9d94); min-height: 1.5em; margin: .25rem 0; }
</style>"""


def plain_screens(code: str) -> dict[str, str]:
    """Screens that need no library."""
    return {
        "welcome": f"""{_STYLE}<div>
<label>E-mail <input name="email" type="email" required autocomplete="username"></label>
<p class="error" role="alert" data-type="error-message"></p>
<button id="continue" data-type="button">Continue</button>
<button id="link" data-type="button">Send me a link</button>
<button id="google" data-type="button" formnovalidate="true">Continue with Google</button></div>""",
        "sent": f"""{_STYLE}<div><p>A link is on its way. In this demo the mailbox is at Descope's own address,
/mailbox; open the link in this browser.</p></div>""",
        "code": f"""{_STYLE}<div><p>Type the code of your authenticator app. In this demo it is {code}.</p>
<label>Code <input name="code" inputmode="numeric" required autocomplete="one-time-code"></label>
<p class="error" role="alert" data-type="error-message"></p>
<button id="verify" data-type="button">Sign in</button></div>""",
    }


def screens_of_library(code: str) -> dict[str, str]:
    """The same screens of the elements that Descope's editor makes them of."""
    error = '<descope-text class="error" data-type="error-message"></descope-text>'
    button = 'data-type="button" variant="contained" mode="primary" full-width="true"'
    field = 'required="true" full-width="true" bordered="true"'
    return {
        "welcome": f"""<descope-container direction="column" space-between="md">
<descope-email-field name="email" label="E-mail" {field}></descope-email-field>{error}
<descope-button id="continue" {button}>Continue</descope-button>
<descope-button id="link" {button}>Send me a link</descope-button>
<descope-button id="google" formnovalidate="true" {button}>Continue with Google</descope-button></descope-container>""",
        "sent": "<descope-text>A link is on its way. Open it in this browser.</descope-text>",
        "code": f"""<descope-container direction="column" space-between="md">
<descope-text>Type the code of your authenticator app. In this demo it is {code}.</descope-text>
<descope-text-field name="code" label="Code" {field}></descope-text-field>{error}
<descope-button id="verify" {button}>Sign in</descope-button></descope-container>""",
    }
