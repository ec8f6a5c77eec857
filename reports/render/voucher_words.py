"""The words of vouchers and payment lists; both languages stand on one paper, since one paper is signed by all."""

from __future__ import annotations

from typing import Final

WORDS: Final[dict[str, tuple[str, str]]] = {
    "voucher": ("Disbursement voucher", "ប័ណ្ណបើកប្រាក់"),
    "list": ("List of payments", "បញ្ជីបើកប្រាក់"),
    "to_be_paid": ("to be paid", "ត្រូវបើក"),
    "paid_on": ("paid on", "បានបើកនៅ"),
    "demonstration": ("Demonstration data: the amounts are invented", "ទិន្នន័យសាកល្បង៖ ចំនួនទឹកប្រាក់មិនមែនជាការពិត"),
    "reference": ("Reference", "លេខយោង"),
    "status": ("Status", "ស្ថានភាព"),
    "amount": ("Amount", "ចំនួនទឹកប្រាក់"),
    "project": ("Project", "គម្រោង"),
    "recipient": ("Recipient", "អ្នកទទួល"),
    "purpose": ("Purpose", "គោលបំណង"),
    "description": ("What it is for", "សម្រាប់អ្វី"),
    "pot": ("Pot", "កញ្ចប់ថវិកា"),
    "from": ("Paid from", "បើកពី"),
    "into": ("Paid into", "បើកចូល"),
    "account_name": ("Account name", "ឈ្មោះគណនី"),
    "account_by": ("To be accounted for by", "ត្រូវរាយការណ៍ត្រឹម"),
    "requested": ("Requested", "បានស្នើ"),
    "approved": ("Approved", "បានអនុម័ត"),
    "payment": ("Payment", "ការបើកប្រាក់"),
    "paid_out": ("Paid out", "ប្រាក់បានបើក"),
    "fee": ("Bank fee", "សេវាធនាគារ"),
    "not_paid": ("Not paid yet", "មិនទាន់បើក"),
    "sources": ("The receipts that pay for it", "ប្រភពប្រាក់"),
    "receipt": ("Receipt", "បង្កាន់ដៃទទួល"),
    "received_on": ("Received on", "ទទួលនៅ"),
    "sale": ("Sale", "ការលក់"),
    "total": ("Total", "សរុប"),
    "signatures": ("Signatures", "ហត្ថលេខា"),
    "prepared_by": ("Prepared by", "រៀបចំដោយ"),
    "approved_by": ("Approved by", "អនុម័តដោយ"),
    "paid_by": ("Paid by", "បើកដោយ"),
    "received_by": ("Received by", "ទទួលដោយ"),
    "witness": ("Second signature", "ហត្ថលេខាទីពីរ"),
    "bank_stamp": ("For the bank", "សម្រាប់ធនាគារ"),
    "name_and_date": ("Name, date, signature or thumbprint", "ឈ្មោះ កាលបរិច្ឆេទ ហត្ថលេខា ឬស្នាមមេដៃ"),
    "page": ("Page", "ទំព័រ"),
    "of": ("of", "នៃ"),
    "printed": ("Printed", "បោះពុម្ព"),
    "code": ("Fingerprint of these figures", "ស្នាមម្រាមដៃនៃតួលេខ"),
    "nothing": ("There is nothing on this list.", "គ្មានអ្វីក្នុងបញ្ជីនេះទេ។"),
    "number": ("No.", "ល.រ"),
}


def both(key: str) -> str:
    """Return a word in Khmer and English side by side."""
    english, khmer = WORDS[key]
    return f"{khmer} · {english}"


def khmer(key: str) -> str:
    """Return the Khmer word."""
    return WORDS[key][1]


def english(key: str) -> str:
    """Return the English word."""
    return WORDS[key][0]
