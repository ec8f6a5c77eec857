"""The words of the auditor's annex, in English and Khmer."""

from __future__ import annotations

from typing import Final

from reports.render.words import LANGUAGES

WORDS: Final[dict[str, tuple[str, str]]] = {
    "title": ("Auditor's annex", "ឧបសម្ព័ន្ធសវនករ"),
    "intro": (
        "Every line behind the figures of the report. The lines of the ledger are added up here and set against the report.",
        "គ្រប់បន្ទាត់ដែលនៅពីក្រោយតួលេខក្នុងរបាយការណ៍។ បន្ទាត់បញ្ជីត្រូវបានបូកនៅទីនេះ ហើយប្រៀបធៀបនឹងរបាយការណ៍។",
    ),
    "report": ("Report", "របាយការណ៍"),
    "period": ("Period", "រយៈពេល"),
    "fingerprint": ("Fingerprint of the report (sha256)", "ស្នាមម្រាមដៃនៃរបាយការណ៍ (sha256)"),
    "verify": ("Verify at", "ផ្ទៀងផ្ទាត់នៅ"),
    "page": ("Page", "ទំព័រ"),
    "of": ("of", "នៃ"),
    "to": ("to", "ដល់"),
    "demonstration": ("Demonstration data: the amounts are invented", "ទិន្នន័យសាកល្បង៖ ចំនួនទឹកប្រាក់មិនមែនជាការពិត"),
    "control": ("Movement of the period", "ចលនាក្នុងរយៈពេល"),
    "lists": ("Lists", "បញ្ជី"),
    "lines": ("Lines", "ចំនួនបន្ទាត់"),
    "in_report": ("In the report", "ក្នុងរបាយការណ៍"),
    "in_lines": ("Sum of the lines", "ផលបូកបន្ទាត់"),
    "difference": ("Difference", "លម្អៀង"),
    "cut": ("A text that ends in ... is whole in the XLSX and CSV files.", "អត្ថបទដែលបញ្ចប់ដោយ ... មានពេញលេញក្នុងឯកសារ XLSX និង CSV។"),
    "nothing": ("There is nothing to list.", "គ្មានអ្វីត្រូវបង្ហាញទេ។"),
    # lists
    "postings": ("Postings", "ប្រតិបត្តិការបញ្ជី"),
    "payments": ("Payments", "ការបើកប្រាក់"),
    "acknowledgements": ("Acknowledgements", "ការទទួលស្គាល់"),
    "spending": ("Spending and its evidence", "ចំណាយ និងភស្តុតាង"),
    # columns
    "day": ("Day", "ថ្ងៃ"),
    "happened_on": ("Happened on", "កើតឡើងនៅ"),
    "event": ("Event", "ព្រឹត្តិការណ៍"),
    "document": ("Document", "ឯកសារ"),
    "entry": ("Entry", "លេខបញ្ជី"),
    "line": ("Line", "បន្ទាត់"),
    "tranche": ("Receipt", "ប្រភពប្រាក់"),
    "from_place": ("From", "ពី"),
    "to_place": ("To", "ទៅ"),
    "disbursement": ("Disbursement", "ការបើកប្រាក់"),
    "amount": ("Amount", "ចំនួនទឹកប្រាក់"),
    "currency": ("Currency", "រូបិយប័ណ្ណ"),
    "local_amount": ("Paid out", "ប្រាក់បានបើក"),
    "local_currency": ("Currency paid out", "រូបិយប័ណ្ណដែលបានបើក"),
    "paid_on": ("Paid on", "បានបើកនៅ"),
    "recipient": ("Recipient", "អ្នកទទួល"),
    "bank": ("Bank account", "គណនីធនាគារ"),
    "bank_reference": ("Bank reference", "លេខយោងធនាគារ"),
    "fee": ("Bank fee", "សេវាធនាគារ"),
    "rate": ("Rate", "អត្រា"),
    "status": ("Status", "ស្ថានភាព"),
    "sent_back_on": ("Sent back on", "បញ្ជូនត្រឡប់នៅ"),
    "received_on": ("Received on", "ទទួលនៅ"),
    "signatures": ("Signatures", "ហត្ថលេខា"),
    "photo_sha256": ("Photo (sha256)", "រូបថត (sha256)"),
    "spent_on": ("Spent on", "ចំណាយនៅ"),
    "accepted_on": ("Accepted on", "ទទួលយកនៅ"),
    "reference": ("Reference", "លេខយោង"),
    "category": ("Category", "ប្រភេទ"),
    "drawn": ("From carbon revenue", "ពីប្រាក់កាបូន"),
    "not_funded": ("Not from carbon revenue", "មិនមែនពីប្រាក់កាបូន"),
    "evidence": ("Evidence", "ភស្តុតាង"),
    "evidence_sha256": ("Evidence (sha256)", "ភស្តុតាង (sha256)"),
}


def word(key: str, language: str) -> str:
    """Return one of the annex's words."""
    return WORDS[key][LANGUAGES.index(language)]
